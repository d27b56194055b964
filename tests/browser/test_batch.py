"""The Batch tab as visitors use it: ten pictures in, a table to sort, filter and take away."""

import csv
import io
import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.batch import zips
from tests.perception.drawing import draw_face

pytestmark = pytest.mark.timeout(300)

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
WORDS = ("I love you all", "this is sad", "=1+1", "what a day", "hello", "go away", "thanks", "so tired", "nice", "no")


def archive() -> bytes:
    """Ten pictures with a table beside them; the fourth is broken."""
    face = io.BytesIO()
    draw_face(160).save(face, "JPEG")
    pictures = {f"{i}.jpg": b"broken" if i == 3 else face.getvalue() for i in range(10)}
    rows = "\n".join(json.dumps({"image": f"{i}.jpg", "text": words}) for i, words in enumerate(WORDS))
    return zips.zipped({**pictures, "table.jsonl": rows.encode()})


@pytest.fixture
def page(visit):
    visit.page.get_by_role("tab", name="Batch", exact=True).click()
    visit.page.locator("#batch-view .mm-waiting").wait_for()
    return visit.page


def give(page, data: bytes, name: str = "pictures.zip") -> None:
    upload = page.locator("#batch-archive input[type=file]")
    upload.set_input_files({"name": name, "mimeType": "application/zip", "buffer": data})
    page.locator("#batch-archive").get_by_text("pictures").first.wait_for()
    page.locator("#analyse-batch").click()


def numbers(page) -> list[int]:
    rows = page.locator("#batch-view tbody tr:visible td:first-child")
    return [int(text) for text in rows.all_inner_texts()]


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desktop", "phone-dark"])
def test_ten_pictures_keep_their_order_and_can_be_sorted_filtered_and_taken(page, visit):
    expect(page.locator("#batch-view")).to_contain_text("At most 200 pictures or rows, 20 MB for each upload")
    give(page, archive())
    page.locator("#batch-view .mm-batch").wait_for()
    expect(page.locator("#batch-view")).to_contain_text("10 items: 9 analysed, 1 not.")
    assert numbers(page) == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    expect(page.locator("#batch-view .mm-failures li")).to_have_count(1)
    expect(page.locator("#batch-view .mm-failures")).to_contain_text("3.jpg expected JPEG, PNG, WebP, GIF or BMP")
    expect(page.locator("#batch-view tbody img")).to_have_count(9)

    head = page.locator("#batch-view th").nth(3)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    shares = page.locator("#batch-view tbody td:nth-child(4)").evaluate_all(
        "cells => cells.map(cell => Number(cell.dataset.value))"
    )
    assert shares == sorted(shares) and len(set(shares)) > 1
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"

    verdicts = page.locator("#batch-view tbody tr").evaluate_all("rows => rows.map(row => row.dataset.hate)")
    page.get_by_label("Verdict: hateful").select_option("not hateful")
    expect(page.locator("#batch-view .mm-shown")).to_have_text(str(verdicts.count("not hateful")))
    assert len(numbers(page)) == verdicts.count("not hateful")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert visit.serious_violations() == [] and visit.overlaps() == []

    with page.expect_download() as caught:
        page.get_by_text("Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(caught.value.path()).read_text("utf-8-sig"), newline="")))
    assert [row["image"] for row in rows] == [f"{i}.jpg" for i in range(10)]
    assert rows[2]["text"] == "'=1+1"
    with page.expect_download() as caught:
        page.get_by_text("Download JSON lines").click()
    lines = [json.loads(line) for line in Path(caught.value.path()).read_text("utf-8").splitlines()]
    assert ["error" in line for line in lines] == [i == 3 for i in range(10)]
    assert lines[2]["text"] == "=1+1"


def test_trap_is_refused_in_a_sentence(page):
    give(page, zips.named("../a.png"))
    expect(page.get_by_role("alert")).to_contain_text("the path '../a.png' leads out of its folder")


def test_nothing_given_gives_a_plain_error(page):
    page.locator("#analyse-batch").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a ZIP file of pictures, a table, or both.")
