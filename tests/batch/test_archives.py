"""Archives from outside: harmless ones are read, traps are refused in a sentence."""

import zipfile

import pytest

from mmemo.batch import ArchiveLimits, BatchError, PictureArchive
from tests.batch import zips

LIMITS = ArchiveLimits(max_files=3, max_unpacked_bytes=2_500_000, max_file_bytes=1_500_000)


def test_archive_lists_files_and_leaves_hidden_ones_out():
    names = ["b/2.JPG", "a.png", "__MACOSX/a.png", ".DS_Store", "b/Thumbs.db", "notes.txt", "t.csv", "b/"]
    archive = PictureArchive(zips.zipped({name: b"x" * (not name.endswith("/")) for name in names}))
    assert (archive.pictures, archive.tables, archive.others) == (("a.png", "b/2.JPG"), ("t.csv",), ("notes.txt",))
    assert archive.read("b/2.JPG") == b"x"


def test_archive_reads_a_file(tmp_path):
    (tmp_path / "a.zip").write_bytes(zips.zipped({"a.png": b"hello"}))
    assert PictureArchive(tmp_path / "a.zip").read("a.png") == b"hello"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archive_reads_both_methods(method):
    assert PictureArchive(zips.zipped({"a.png": b"abc" * 100}, method)).read("a.png") == b"abc" * 100


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "expected a ZIP archive, got another kind of file"),
        (b"Rar!\x1a\x07", "expected a ZIP archive, got another kind of file"),
        (zips.zipped({"a.png": b"x"})[:-30], "expected a ZIP archive, got one that is cut short"),
        (zips.zipped({"a.png": b"x"})[40:], "damaged or cut short"),
        (zips.named("/etc/a.png"), "the path '/etc/a.png' leads out of its folder"),
        (zips.named("../a.png"), "the path '../a.png' leads out of its folder"),
        (zips.named("b/../../a.png"), "leads out of its folder"),
        (zips.named("..\\a.png"), "leads out of its folder"),
        (zips.named("\\\\host\\a.png"), "leads out of its folder"),
        (zips.named("C:\\a.png"), "leads out of its folder"),
        (zips.named("a.png\0.txt"), "leads out of its folder"),
        (zips.link(), "'a.png' is a link"),
        (zips.with_mode(0o010644), "'a.png' is no regular file"),
        (zips.locked(), "'a.png' is locked with a password"),
        (zips.twice(), "it holds two files of the name 'a.png'"),
        (zips.zipped({"a.png": b"x", "more.zip": b"PK"}), "'more.zip' is an archive inside the archive"),
        (zips.zipped({"more.tar.gz": b"x"}), "'more.tar.gz' is an archive inside the archive"),
        (zips.zipped({"a.png": b"x"}, zipfile.ZIP_LZMA), "packed in a way that is not read here"),
        (zips.zipped({f"{i}.png": b"x" for i in range(4)}), "at most 3 files are read, got 4"),
        (zips.crowded(60_000), "at most 3 files are read"),
        (zips.zipped({"a.png": bytes(1_500_001)}), "each file may have at most 1,500,000 bytes, 'a.png' has 1,500,001"),
        (
            zips.zipped({f"{i}.png": bytes(1_000_000) for i in range(3)}),
            "at most 2,500,000 bytes are unpacked, got 3,000,000",
        ),
    ],
)
def test_archive_refuses_traps(data, words):
    with pytest.raises(BatchError) as caught:
        PictureArchive(data, LIMITS)
    assert words in str(caught.value)


def test_archive_refuses_the_zip64_form():
    data = zips.zipped({"a.png": b"x"})
    place = data.rindex(b"PK\5\6")
    with pytest.raises(BatchError, match="ZIP64"):
        PictureArchive(data[:place] + b"PK\6\7" + bytes(16) + data[place:])


@pytest.mark.parametrize("data", [zips.broken(), zips.lying(10), zips.lying(1_400_000)])
def test_archive_unpacks_no_more_than_declared(data):
    with pytest.raises(BatchError, match=r"a\.png is damaged inside the archive"):
        PictureArchive(data, LIMITS).read("a.png")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("a.png", b"1"), ("./a.png", b"1"), ("b/c.png", b"2"), ("b\\c.png", b"2"), ("c.png", b"2")],
)
def test_find_knows_paths_and_their_ends(wanted, expected):
    archive = PictureArchive(zips.zipped({"a.png": b"1", "b/c.png": b"2", "b/a.png": b"3"}))
    assert archive.find(wanted)() == expected


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("z.png", "got none of this name"), ("d.png", "got 2 of this name"), ("", "a picture's name"), ("g.png", "none")],
)
def test_find_refuses_what_is_not_one_picture(wanted, words):
    archive = PictureArchive(zips.zipped({"b/d.png": b"1", "c/d.png": b"2", "og.png": b"3"}))
    with pytest.raises(BatchError, match=words):
        archive.find(wanted)
