"""Many pictures and texts at once: reading them from folders, tables and archives, analysing them, writing tables.

Exports what the command line and the app share: `read_items` and `upload_items`, `analyse_items` and `BatchRow`,
`to_csv` and `to_jsonl`, the limits of an archive, and `BatchError` for input that cannot be used.
"""

from mmemo.batch.archives import ArchiveLimits, PictureArchive
from mmemo.batch.items import BatchError, InputItem, InputItems
from mmemo.batch.rows import BatchRow, analyse_items, to_csv, to_jsonl
from mmemo.batch.sources import read_items, upload_items

__all__ = [
    "ArchiveLimits",
    "BatchError",
    "BatchRow",
    "InputItem",
    "InputItems",
    "PictureArchive",
    "analyse_items",
    "read_items",
    "to_csv",
    "to_jsonl",
    "upload_items",
]
