"""Data sets in their publishers' layouts, as examples of one shape: `load_dataset("meld", root, "dev")`."""

from mmemo.data.examples import DATASETS, check_classes, dataset_names, load_dataset, no_labels_error
from mmemo.data.records import DataError, DatasetReader, Example, MissingSplitError

__all__ = [
    "DATASETS",
    "DataError",
    "DatasetReader",
    "Example",
    "MissingSplitError",
    "check_classes",
    "dataset_names",
    "load_dataset",
    "no_labels_error",
]
