"""Decoding: what comes in from outside becomes RGB or an `ImageError` that says what came."""

import io
import struct
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin

from mmemo.perception import ImageError, load_image

RED = (200, 30, 40)


def encode(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def plain(mode: str = "RGB", size: tuple[int, int] = (20, 10), colour=RED) -> Image.Image:
    return Image.new(mode, size, colour)


def animation() -> bytes:
    frames = [plain(colour=RED), plain(colour=(0, 0, 255))]
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)


def wide_greyscale() -> Image.Image:
    return Image.fromarray(np.full((10, 20), 51400, np.uint16))


def with_exif(orientation: int) -> bytes:
    image = plain()
    image.putpixel((0, 0), (0, 0, 0))
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(image, "PNG", exif=exif)


GOOD = [
    ("jpeg", encode(plain(), "JPEG", quality=95), RED),
    ("png", encode(plain(), "PNG"), RED),
    ("webp", encode(plain(), "WEBP", lossless=True), RED),
    ("gif, first frame", animation(), RED),
    ("bmp", encode(plain(), "BMP"), RED),
    ("cmyk jpeg", encode(plain("CMYK", colour=(0, 255, 255, 0)), "JPEG", quality=95), (255, 0, 0)),
    ("grey", encode(plain("L", colour=77), "PNG"), (77, 77, 77)),
    ("one bit", encode(plain("1", colour=1), "PNG"), (255, 255, 255)),
    ("grey of 16 bits", encode(wide_greyscale(), "PNG"), (200, 200, 200)),
    ("transparent", encode(plain("RGBA", colour=(0, 0, 0, 0)), "PNG"), (255, 255, 255)),
    ("half transparent", encode(plain("RGBA", colour=(0, 0, 0, 128)), "PNG"), (127, 127, 127)),
    ("grey with alpha", encode(plain("LA", colour=(0, 0)), "PNG"), (255, 255, 255)),
    ("palette", encode(plain().quantize(4), "PNG"), RED),
    ("palette, transparent", encode(plain("P", colour=0), "PNG", transparency=0), (255, 255, 255)),
    ("rgb with a transparent colour", encode(plain(), "PNG", transparency=RED), (255, 255, 255)),
]


@pytest.mark.parametrize(("data", "expected"), [case[1:] for case in GOOD], ids=[case[0] for case in GOOD])
def test_load_image_decodes_bytes_to_rgb(data, expected):
    image = load_image(data)
    assert (image.mode, image.size) == ("RGB", (20, 10))
    assert np.abs(np.asarray(image)[5, 5].astype(int) - expected).max() <= 3


@pytest.mark.parametrize(
    "image",
    [
        plain("I", colour=51400),
        wide_greyscale(),
        plain("I;16", colour=51400),
        plain("F", colour=200.0),
        plain("L", colour=200),
        Image.merge("La", [plain("L", colour=200), plain("L", colour=255)]),
    ],
    ids=lambda image: image.mode,
)
def test_load_image_scales_pillow_modes(image):
    assert load_image(image).getpixel((3, 3)) == (200, 200, 200)


@pytest.mark.parametrize("size", [(1999, 1601), (1, 50)])
def test_load_image_shows_transparency_in_bands(monkeypatch, size):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    image, composite, areas = Image.fromarray(pixels), Image.alpha_composite, []
    whole = composite(Image.new("RGBA", size, "white"), image).convert("RGB")

    def watched(below: Image.Image, above: Image.Image) -> Image.Image:
        areas.append(above.width * above.height)
        return composite(below, above)

    monkeypatch.setattr(Image, "alpha_composite", watched)
    assert load_image(image).tobytes() == whole.tobytes()
    assert max(areas) <= 2**20 and sum(areas) == size[0] * size[1]


ARRAYS = [
    ("H x W", np.full((10, 20), 200, np.uint8)),
    ("H x W x 1", np.full((10, 20, 1), 200, np.uint8)),
    ("H x W x 3", np.full((10, 20, 3), 200, np.uint8)),
    ("H x W x 4", np.concatenate([np.full((10, 20, 3), 200, np.uint8), np.full((10, 20, 1), 255, np.uint8)], axis=2)),
    ("float", np.full((10, 20, 3), 200 / 255)),
    ("half float, not contiguous", np.full((20, 10, 3), 200 / 255, np.float16).transpose(1, 0, 2)),
]


@pytest.mark.parametrize("array", [case[1] for case in ARRAYS], ids=[case[0] for case in ARRAYS])
def test_load_image_takes_arrays(array):
    image = load_image(array)
    assert (image.mode, image.size, image.getpixel((3, 3))) == ("RGB", (20, 10), (200, 200, 200))


BAD_ARRAYS = [
    ("five channels", np.zeros((4, 4, 5), np.uint8), "got 4 x 4 x 5"),
    ("one dimension", np.zeros(4, np.uint8), "got 4"),
    ("empty", np.zeros((0, 4, 3), np.uint8), "empty"),
    ("int64", np.zeros((4, 4), np.int64), "got int64"),
    ("bool", np.zeros((4, 4), bool), "got bool"),
    ("floats to 255", np.full((4, 4), 255.0), "from 255 to 255"),
    ("nan", np.full((4, 4), np.nan), "nan"),
]


@pytest.mark.parametrize(("array", "words"), [case[1:] for case in BAD_ARRAYS], ids=[case[0] for case in BAD_ARRAYS])
def test_load_image_refuses_other_arrays(array, words):
    with pytest.raises(ImageError, match=words):
        load_image(array)


JPEG = encode(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), "JPEG")
PNG = encode(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)), "PNG")
BAD = [
    ("empty", b"", "empty file"),
    ("html", b"\n<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
    ("html with svg", b"<!doctype html><svg></svg>", "an HTML page"),
    ("svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
    ("pdf", b"%PDF-1.7\n", "a PDF document"),
    ("tiff", encode(plain(), "TIFF"), "a TIFF picture"),
    ("icon", encode(plain(size=(16, 16)), "ICO"), "an icon file"),
    ("avif", b"\0\0\0\x20ftypavif" + bytes(20), "an AVIF picture"),
    ("zip", b"PK\3\4" + bytes(20), "a ZIP archive"),
    ("lfs pointer", b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
    ("xml", b"<?xml version='1.0'?><a/>", "an XML document"),
    ("text", "höre".encode(), "text"),
    ("zeros", bytes(50), "nothing but zero bytes"),
    ("noise", bytes(range(128, 200)), "no format that is known"),
    ("truncated jpeg", JPEG[: len(JPEG) // 2], "damaged or cut short"),
    ("truncated png", PNG[: len(PNG) // 2], "damaged or cut short"),
    ("truncated webp", encode(plain(), "WEBP")[:30], "damaged or cut short"),
    ("truncated gif", animation()[:30], "damaged or cut short"),
    ("truncated bmp", encode(plain(), "BMP")[:80], "damaged or cut short"),
    ("jpeg head alone", b"\xff\xd8\xff\xe0", "damaged or cut short"),
    ("png head alone", PNG[:8], "damaged or cut short"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_load_image_names_what_came(tmp_path, data, words):
    file = tmp_path / "picture.jpg"
    file.write_bytes(data)
    for source in (data, file, str(file)):
        with pytest.raises(ImageError, match=words) as caught:
            load_image(source)
        assert "\n" not in str(caught.value)
        assert str(tmp_path) not in str(caught.value)


def jpeg_with_scans(extra: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    data = encode(plain("L", colour=128), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:-2] + data[start:-2] * extra + b"\xff\xd9"


def with_segment(data: bytes, body: bytes) -> bytes:
    """The JPEG with a segment of any bytes behind its start marker."""
    return data[:2] + b"\xff\xef" + struct.pack(">H", len(body) + 2) + body + data[2:]


def test_load_image_refuses_jpeg_of_many_scans_before_decoding(monkeypatch):
    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", lambda *_: pytest.fail("decoding has started"))
    hidden = with_segment(jpeg_with_scans(200), b"\xff\xd9" * 10)
    for data in (jpeg_with_scans(200), hidden):
        with pytest.raises(ImageError, match="too many scans: at most 50 are decoded, got 206"):
            load_image(data)


@pytest.mark.parametrize(
    "data",
    [
        encode(plain("CMYK", colour=(0, 0, 0, 0)), "JPEG", progressive=True),
        jpeg_with_scans(20),
        with_segment(encode(plain(), "JPEG"), b"\xff\xda" * 200),
        encode(plain(), "JPEG") + b"\xff\xda" * 200,
    ],
    ids=["progressive", "more scans", "scans in a segment", "scans behind the end"],
)
def test_load_image_takes_jpeg_of_few_scans(data):
    assert load_image(data).size == (20, 10)


def compressed_bmp() -> bytes:
    """A BMP of 8 x 8 in run-length coding, all of it one run."""
    head = struct.pack("<IiiHHIIiiII", 40, 8, 8, 1, 8, 1, 4, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1082, 0, 0, 1078) + head + bytes(1024) + b"\x40\0\0\1"


def test_load_image_refuses_compressed_bmp_before_decoding(monkeypatch):
    monkeypatch.setattr(BmpImagePlugin.BmpRleDecoder, "decode", lambda *_: pytest.fail("decoding has started"))
    for source in (compressed_bmp(), Image.open(io.BytesIO(compressed_bmp()))):
        with pytest.raises(ImageError, match="is a compressed BMP: expected an uncompressed one"):
            load_image(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("https://example.org/cat.jpg", "URLs are not fetched, download it first"),
        ("HTTP://example.org/" + "a" * 500, "URLs are not fetched"),
        ("data:image/png;base64,AAAA", "URLs are not fetched"),
        ("missing/picture.jpg", "no such picture file"),
        ("", "folder|no such"),
        ("nul\0byte", "cannot read|no such"),
        ("a" * 5000, "cannot read|no such"),
        (Path(__file__).parent, "got the folder"),
        (None, "got NoneType"),
        (42, "got int"),
    ],
)
def test_load_image_refuses_other_sources(source, words):
    with pytest.raises(ImageError, match=words):
        load_image(source)


def test_load_image_checks_bytes_before_reading(tmp_path):
    file = tmp_path / "long.png"
    file.write_bytes(PNG)
    for source in (file, PNG):
        with pytest.raises(ImageError, match=f"at most 100 bytes are read, got {len(PNG):,}"):
            load_image(source, max_bytes=100)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds no pixels."""
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", body) + chunk(b"IDAT", b"")


@pytest.mark.parametrize("size", [(10_000, 5_001), (12_000, 10_000), (60_000, 60_000)])
def test_load_image_checks_pixels_from_the_header_without_a_warning(size):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ImageError, match=f"at most 50,000,000 pixels are decoded, got {size[0]} x {size[1]}"):
            load_image(png_header(*size))


@pytest.mark.parametrize("size", [(1, 1_000_000), (1, 101), (20_200, 200)])
def test_load_image_refuses_lines_of_pixels_from_the_header(size):
    message = f"the longer side may be 100 times the shorter one, got {size[0]} x {size[1]}"
    with pytest.raises(ImageError, match=message):
        load_image(png_header(*size))
    with pytest.raises(ImageError, match=message):
        load_image(plain(size=size))


@pytest.mark.parametrize("size", [(1080, 30_000), (1, 100)])
def test_load_image_reads_tall_pictures(size):
    assert load_image(plain(size=size)).size == size


def test_load_image_checks_pixels_of_pictures_and_arrays():
    for source in (plain(), np.zeros((10, 20), np.uint8)):
        with pytest.raises(ImageError, match="got 20 x 10 = 200"):
            load_image(source, max_pixels=199)
        assert load_image(source, max_pixels=200).size == (20, 10)


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (3, (19, 9)), (6, (9, 0)), (8, (0, 19)), (5, (0, 0)), (99, (0, 0))]
)
def test_load_image_turns_upright(orientation, corner):
    image = load_image(with_exif(orientation))
    assert image.size == ((10, 20) if orientation in (5, 6, 8) else (20, 10))
    assert image.getpixel(corner) == (0, 0, 0)


def test_load_image_leaves_the_callers_picture_alone():
    image = Image.open(io.BytesIO(animation()))
    image.seek(1)
    loaded = load_image(image)
    assert (image.tell(), loaded.getpixel((5, 5))) == (1, RED)
    own = plain()
    load_image(own).putpixel((0, 0), (0, 0, 0))
    assert own.getpixel((0, 0)) == RED


def test_load_image_reports_a_closed_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    image = Image.open(tmp_path / "a.png")
    image.close()
    with pytest.raises(ImageError, match="damaged or cut short"):
        load_image(image)


def test_load_image_works_in_threads_and_changes_no_settings():
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    sizes: list[tuple[int, int]] = []
    threads = [
        threading.Thread(target=lambda: sizes.extend(load_image(JPEG).size for _ in range(20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == [(64, 64)] * 80
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)) == before
