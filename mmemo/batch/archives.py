"""ZIP archives of pictures from outside, read safely.

Conventions: an archive is looked through before anything of it is unpacked, and refused as a whole when it holds a
trap: more than the limits allow, a path that leaves its folder, a link, another archive, a password. Entries are
unpacked one at a time into memory, never more bytes than they declare, and nothing is written to disk.
"""

import os
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mmemo.batch.items import READERS, BatchError, Picture
from mmemo.perception.images import MAX_BYTES
from mmemo.perception.images import SUFFIXES as PICTURE_SUFFIXES

ARCHIVE_SUFFIXES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".jar", ".iso")

_END = struct.Struct("<4s4H2LH")
"""The record that ends an archive: signature, two disk numbers, entries twice, size and place of the index, comment."""
_END_MARK, _ZIP64_MARK, _ZIP64_LENGTH = b"PK\5\6", b"PK\6\7", 20
_MAX_COMMENT = 2**16
_INDEX_BYTES_PER_FILE = 512
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What `zipfile` raises on damaged archives."""


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """What an archive may hold at most.

    Attributes:
        max_files: Files, counted without folders and hidden files.
        max_unpacked_bytes: All files together once unpacked.
        max_file_bytes: Each file once unpacked.
    """

    max_files: int = 10_000
    max_unpacked_bytes: int = 2 * 2**30
    max_file_bytes: int = MAX_BYTES


class PictureArchive:
    """An archive whose entries were all found harmless.

    Attributes:
        pictures: Names of the picture files, in order of their paths.
        tables: Names of the `.csv` and `.jsonl` files.
        others: Names of files that are neither.
        found: Names of the pictures that a table named.
    """

    def __init__(self, source: Path | bytes, limits: ArchiveLimits | None = None, *, name: str = "the archive") -> None:
        """Open an archive and look through it; nothing is unpacked yet.

        Args:
            source: The file or its bytes.
            limits: None for the default ones.
            name: What messages call it.

        Raises:
            BatchError: It is no ZIP archive, is damaged, or holds something that is refused.
        """
        self.name, self.limits = name, limits or ArchiveLimits()
        try:
            with source.open("rb") if isinstance(source, Path) else BytesIO(source) as file:
                self._check_index(file)
            self._zip = zipfile.ZipFile(source if isinstance(source, Path) else BytesIO(source))
        except BatchError:
            raise
        except _UNREADABLE as error:
            raise BatchError(f"{name} is damaged or cut short: {_reason(error)}") from error
        self._entries = self._looked_through()
        names = sorted(self._entries)
        self.pictures = tuple(name for name in names if _suffix(name) in PICTURE_SUFFIXES)
        self.tables = tuple(name for name in names if _suffix(name) in READERS)
        self.others = tuple(name for name in names if _suffix(name) not in (*PICTURE_SUFFIXES, *READERS))
        self.found: set[str] = set()

    def read(self, name: str) -> bytes:
        """Unpack one file.

        Raises:
            BatchError: It is damaged.
        """
        entry = self._entries[name]
        try:
            with self._zip.open(entry) as file:
                content = file.read(entry.file_size)
            if len(content) < entry.file_size:
                raise EOFError(f"expected {entry.file_size:,} bytes, got {len(content):,}")
            return content
        except _UNREADABLE as error:
            raise BatchError(f"{name} is damaged inside {self.name}: {_reason(error)}") from error

    def find(self, name: str) -> Picture:
        """What reads the picture that a table names by its path or, where only one has it, by the end of its path.

        Raises:
            BatchError: There is none, or there are several.
        """
        wanted = PurePosixPath(name.replace("\\", "/").removeprefix("./")).parts
        if not wanted:
            raise BatchError(f"expected a picture's name, got {name[:80]!r}")
        ends = [path for path in self.pictures if PurePosixPath(path).parts[-len(wanted) :] == wanted]
        exact = [path for path in ends if len(PurePosixPath(path).parts) == len(wanted)]
        found = exact or ends
        if len(found) != 1:
            came = "none of this name" if not found else f"{len(found)} of this name, in several folders"
            raise BatchError(f"expected the picture {name[:80]!r} in {self.name}, got {came}")
        self.found.add(found[0])
        return self.reader(found[0])

    def reader(self, name: str) -> Picture:
        """What unpacks a file when it is called."""
        return partial(self.read, name)

    def _check_index(self, file: BinaryIO) -> None:
        """Refuse an index that is larger than its files warrant, before it is parsed."""
        head = file.read(2)
        length = file.seek(0, os.SEEK_END)
        file.seek(max(0, length - _MAX_COMMENT - _END.size - _ZIP64_LENGTH))
        tail = file.read()
        place = tail.rfind(_END_MARK)
        if place < 0 or len(tail) < place + _END.size:
            came = "one that is cut short" if head == b"PK" else "another kind of file"
            raise BatchError(f"{self.name}: expected a ZIP archive, got {came}")
        _, disk, _, _, count, index_bytes, _, _ = _END.unpack_from(tail, place)
        locator = tail[max(0, place - _ZIP64_LENGTH) : place]
        if disk or locator.startswith(_ZIP64_MARK):
            raise BatchError(f"{self.name}: expected one plain ZIP archive, got a part of one or one in the ZIP64 form")
        entries = 4 * self.limits.max_files + 100  # folders and hidden files do not count as files
        if count > entries or index_bytes > entries * _INDEX_BYTES_PER_FILE:
            raise BatchError(f"{self.name} holds too much: at most {self.limits.max_files:,} files are read")

    def _looked_through(self) -> dict[str, zipfile.ZipInfo]:
        """Entries to read by their names, once none of them is a trap."""
        entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self._zip.infolist():
            path = self._checked_path(entry)
            if entry.is_dir() or entry.orig_filename.endswith("\\") or _is_hidden(path):
                continue
            self._check_entry(entry)
            if path in entries:
                raise BatchError(f"{self.name} is refused: it holds two files of the name {_shown(path)}")
            entries[path] = entry
        if len(entries) > self.limits.max_files:
            raise BatchError(
                f"{self.name} holds too much: at most {self.limits.max_files:,} files are read, got {len(entries):,}"
            )
        unpacked = sum(entry.file_size for entry in entries.values())
        if unpacked > self.limits.max_unpacked_bytes:
            raise BatchError(
                f"{self.name} holds too much: at most {self.limits.max_unpacked_bytes:,} bytes are unpacked, "
                f"got {unpacked:,}"
            )
        return entries

    def _checked_path(self, entry: zipfile.ZipInfo) -> str:
        # `filename` is cut at a zero byte and cleaned of the system's separators; the archive's own name is not.
        written = entry.orig_filename
        path = written.replace("\\", "/")
        parts = PurePosixPath(path).parts
        outside = path.startswith("/") or ".." in parts or (len(path) > 1 and path[1] == ":") or "\0" in path
        if outside or not parts:
            raise BatchError(f"{self.name} is refused: the path {_shown(written)} leads out of its folder")
        return str(PurePosixPath(path))

    def _check_entry(self, entry: zipfile.ZipInfo) -> None:
        name, mode = _shown(entry.filename), entry.external_attr >> 16
        kind = stat.S_IFMT(mode)
        if kind == stat.S_IFLNK:
            raise BatchError(f"{self.name} is refused: {name} is a link")
        if kind not in (0, stat.S_IFREG):
            raise BatchError(f"{self.name} is refused: {name} is no regular file")
        if entry.flag_bits & 0x1:
            raise BatchError(f"{self.name} is refused: {name} is locked with a password")
        if _suffix(entry.filename) in ARCHIVE_SUFFIXES:
            raise BatchError(f"{self.name} is refused: {name} is an archive inside the archive")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BatchError(f"{self.name} is refused: {name} is packed in a way that is not read here")
        if entry.file_size > self.limits.max_file_bytes:
            raise BatchError(
                f"{self.name} holds too much: each file may have at most {self.limits.max_file_bytes:,} bytes, "
                f"{name} has {entry.file_size:,}"
            )


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


def _is_hidden(path: str) -> bool:
    """Whether it is one of the files that systems leave in archives unasked."""
    parts = PurePosixPath(path).parts
    return any(part.startswith(".") or part == "__MACOSX" for part in parts) or parts[-1].lower() == "thumbs.db"


def _shown(name: str) -> str:
    """A name for a message, cut to 80 characters."""
    return repr(name)[:80]


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
