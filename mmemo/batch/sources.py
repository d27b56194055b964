"""Where the items of a batch come from: a folder, a table, an archive, or a table with the archive of its pictures."""

from io import StringIO
from pathlib import Path, PurePosixPath

from mmemo.batch.archives import ArchiveLimits, PictureArchive
from mmemo.batch.items import (
    OTHER_PICTURE_SUFFIXES,
    READERS,
    BatchError,
    InputItem,
    InputItems,
    Picture,
    check_count,
    read_table,
)
from mmemo.perception.images import SUFFIXES as PICTURE_SUFFIXES

_WANTED = f"a picture ({' '.join(PICTURE_SUFFIXES)})"


def read_items(path: Path) -> InputItems:
    """Items of a folder of pictures, which may lie in folders below it, of a table, or of a ZIP archive.

    Raises:
        BatchError: There is no such input, it is of another kind, or it holds no item.
    """
    if path.is_dir():
        items = InputItems(_file_item(path, file) for file in picture_files(path))
        check_count(str(path), f"pictures ({' '.join(PICTURE_SUFFIXES)})", len(items), None)
        return items
    suffix = path.suffix.lower()
    if path.is_file() and suffix in READERS:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            return read_table(str(path), suffix, file, lambda image: _beside(path, image))
    if path.is_file() and suffix == ".zip":
        return archive_items(PictureArchive(path, name=str(path)))
    came = "another kind of file" if path.exists() else "nothing of that name"
    raise BatchError(f"{path}: expected a folder of pictures, a .csv, a .jsonl or a .zip file, got {came}")


def _beside(table: Path, image: str) -> Picture:
    return image if "://" in image else table.parent / image


def _file_item(folder: Path, file: Path) -> InputItem:
    name = file.relative_to(folder).as_posix()
    if file.suffix.lower() in PICTURE_SUFFIXES:
        return InputItem(image=name, picture=file)
    return InputItem(image=name, error=f"expected {_WANTED}, got another kind of picture")


def picture_files(folder: Path) -> list[Path]:
    """Picture files in and below a folder, in the order of their paths; hidden ones do not count.

    Pictures of kinds that are not read are among them.
    """
    suffixes = (*PICTURE_SUFFIXES, *OTHER_PICTURE_SUFFIXES)
    files = (path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    return sorted(path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def archive_items(archive: PictureArchive, *, max_items: int | None = None) -> InputItems:
    """Items of an archive: the rows of the table in it, or each of its pictures.

    A file that is no picture becomes an item that says so.

    Raises:
        BatchError: It holds several tables, nothing, or too much.
    """
    if len(archive.tables) > 1:
        raise BatchError(f"{archive.name}: expected at most one table, got {', '.join(archive.tables)[:80]}")
    for table in archive.tables:
        return _table_items(table, PurePosixPath(table).suffix.lower(), archive.read(table), archive, max_items)
    items = InputItems(InputItem(image=name, picture=archive.reader(name)) for name in archive.pictures)
    items += [InputItem(image=name, error=f"expected {_WANTED}, got another kind of file") for name in archive.others]
    check_count(archive.name, "pictures", len(items), max_items)
    return items


def upload_items(archive: bytes | None, table: tuple[str, bytes] | None, limits: ArchiveLimits) -> InputItems:
    """Items of what a visitor sent: an archive of pictures, a table, or both.

    Args:
        archive: Bytes of a ZIP archive.
        table: Name and bytes of a `.csv` or `.jsonl` file; only the end of the name is looked at.
        limits: Of the archive; the table may have as many rows as the archive files.

    Raises:
        BatchError: Nothing was sent, or it cannot be used.
    """
    pictures = None if archive is None else PictureArchive(archive, limits)
    if table is not None:
        suffix = PurePosixPath(table[0]).suffix.lower()
        return _table_items("the table", suffix, table[1], pictures, limits.max_files)
    if pictures is None:
        raise BatchError("nothing to analyse: expected a ZIP archive of pictures, a table, or both, got neither")
    return archive_items(pictures, max_items=limits.max_files)


def _table_items(
    name: str, suffix: str, data: bytes, archive: PictureArchive | None, max_items: int | None
) -> InputItems:
    if suffix not in READERS:
        raise BatchError(f"{name}: expected a .csv or a .jsonl file, got another kind of file")
    file = StringIO(data.decode("utf-8-sig", errors="surrogateescape"), newline="")
    if archive is None:
        return read_table(name, suffix, file, _no_archive, max_items=max_items)
    items = read_table(name, suffix, file, archive.find, max_items=max_items)
    items.num_left_out = len(archive.pictures) - len(archive.found)
    return items


def _no_archive(image: str) -> Picture:
    raise BatchError(f"expected an archive that holds the picture {image[:80]!r}, got none")
