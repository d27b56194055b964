"""Archives for the tests, good and hostile."""

import io
import stat
import zipfile


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def zipped_entry(entry: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    """A ZIP archive of one entry, described as one likes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(entry, content)
    return data.getvalue()


def named(name: str) -> bytes:
    """An archive whose one file has exactly this name."""
    entry = zipfile.ZipInfo("x" * len(name))
    return zipped_entry(entry).replace(b"x" * len(name), name.encode())


def with_mode(mode: int) -> bytes:
    """An archive whose one file has this Unix mode."""
    entry = zipfile.ZipInfo("a.png")
    entry.external_attr = mode << 16
    return zipped_entry(entry)


def link() -> bytes:
    return with_mode(stat.S_IFLNK | 0o777)


def locked() -> bytes:
    """An archive whose file says that it is encrypted, in both of its headers."""
    data = bytearray(zipped({"a.png": b"x"}))
    data[6] |= 1
    data[data.rindex(b"PK\1\2") + 8] |= 1
    return bytes(data)


def twice() -> bytes:
    """An archive with two files of one name."""
    return zipped({"a.png": b"1", "b.png": b"2"}).replace(b"b.png", b"a.png")


def lying(declared: int) -> bytes:
    """An archive whose file unpacks to a million bytes but declares fewer."""
    data = bytearray(zipped({"a.png": bytes(10**6)}))
    size = declared.to_bytes(4, "little")
    data[22:26] = size
    place = data.rindex(b"PK\1\2") + 24
    data[place : place + 4] = size
    return bytes(data)


def crowded(count: int) -> bytes:
    """An archive whose end claims this many entries."""
    data = bytearray(zipped({"a.png": b"x"}))
    place = data.rindex(b"PK\5\6")
    data[place + 8 : place + 12] = count.to_bytes(2, "little") * 2
    return bytes(data)


def broken() -> bytes:
    """An archive whose file does not have the checksum that it claims."""
    data = bytearray(zipped({"a.png": b"hello"}, zipfile.ZIP_STORED))
    data[data.index(b"hello")] ^= 1
    return bytes(data)
