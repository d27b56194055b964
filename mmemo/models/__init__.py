"""Configuration, model and processor: what ships to the Hub.

Exports `MmemoConfig`, `TaskConfig` and the names they accept (`FUSIONS`, `HEADS`, `MODALITIES`, `PROBLEM_TYPES`),
`MmemoModel`, `MmemoOutput`, `MmemoProcessor`. Each file is imported at the first use of a name from it, so that one can
be had while transformers is still importing the base of another.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .configuration_mmemo import FUSIONS, HEADS, MODALITIES, PROBLEM_TYPES, MmemoConfig, TaskConfig
    from .modeling_mmemo import MmemoModel, MmemoOutput
    from .processing_mmemo import MmemoProcessor

_FILES = {
    "configuration_mmemo": ("FUSIONS", "HEADS", "MODALITIES", "PROBLEM_TYPES", "MmemoConfig", "TaskConfig"),
    "modeling_mmemo": ("MmemoModel", "MmemoOutput"),
    "processing_mmemo": ("MmemoProcessor",),
}
_FILE_OF = {name: file for file, names in _FILES.items() for name in names}

__all__ = [
    "FUSIONS",
    "HEADS",
    "MODALITIES",
    "PROBLEM_TYPES",
    "MmemoConfig",
    "MmemoModel",
    "MmemoOutput",
    "MmemoProcessor",
    "TaskConfig",
]


def __getattr__(name: str) -> object:
    """Import a public name at its first use (PEP 562)."""
    if name not in _FILE_OF:
        raise AttributeError(f"module 'mmemo.models' has no attribute {name!r}")
    return getattr(import_module(f"mmemo.models.{_FILE_OF[name]}"), name)
