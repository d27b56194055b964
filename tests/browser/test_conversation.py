"""The Conversation tab as visitors use it, from a dialogue to its course."""

import io

import pytest
from playwright.sync_api import expect

from tests.perception.drawing import draw_face

pytestmark = pytest.mark.timeout(300)

PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
HOSTILE = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
MELD = b"Utterance,Speaker,Dialogue_ID,Utterance_ID\nSecond,Joey,4,1\nFirst,Ross,4,0\nOther,Ann,5,0\n"


@pytest.fixture
def page(visit):
    visit.page.get_by_role("tab", name="Conversation", exact=True).click()
    visit.page.locator("#talk-view .mm-waiting").wait_for()
    return visit.page


def analyse(page) -> None:
    page.locator("#analyse-dialogue").click()
    page.locator("#talk-view .mm-talk").wait_for()


@pytest.mark.parametrize("visit", [{}, PHONE], indirect=True, ids=["desktop", "phone-dark"])
def test_dialogue_gives_turns_an_arc_and_speakers(page, visit):
    dialogue = page.locator("#dialogue textarea")
    dialogue.fill(f"Ann: This is wonderful, I love it!\nBen: I am so sad and lonely.\nAnn: {HOSTILE}\nBen:")
    expect(page.locator(".mm-count").filter(visible=True)).to_have_text(f"{len(dialogue.input_value())} / 20,000")
    analyse(page)
    turns = page.locator("#talk-view .mm-turn")
    expect(turns).to_have_count(4)
    expect(turns.nth(0)).to_contain_text("happy")
    expect(turns.nth(1)).to_contain_text("sad")
    expect(turns.nth(2)).to_contain_text(HOSTILE)
    expect(turns.nth(3)).to_contain_text("Not analysed: expected words, a picture or both")
    assert page.evaluate("window.hacked") is None
    arc = page.locator("#talk-view .mm-arc")
    assert "Mood over 4 turns" in arc.get_attribute("aria-label")
    expect(arc.locator(".mm-point")).to_have_count(3)
    heights = arc.locator(".mm-point").evaluate_all("points => points.map(point => parseFloat(point.style.top))")
    assert heights[0] < 50 < heights[1]
    expect(page.locator("#talk-view .mm-speaker")).to_have_count(2)
    expect(page.locator("#talk-view .mm-speaker").nth(0)).to_contain_text("2 turns.")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert visit.serious_violations() == [] and visit.overlaps() == []


def test_table_offers_its_dialogues_and_pictures_join_turns(page):
    page.get_by_text("A table instead, or pictures").click()
    upload = page.locator("#talk-table input[type=file]")
    upload.set_input_files({"name": "talk.csv", "mimeType": "text/csv", "buffer": MELD})
    expect(page.locator("#talk-choice input")).to_have_value("4")
    analyse(page)
    assert page.locator("#talk-view .mm-said").all_inner_texts() == ["First", "Second"]
    page.locator("#talk-table").get_by_label("Clear").click()
    face = io.BytesIO()
    draw_face(200).save(face, "PNG")
    page.locator("#talk-pictures input[type=file]").set_input_files(
        [{"name": "face.png", "mimeType": "image/png", "buffer": face.getvalue()}]
    )
    page.locator("#talk-pictures").get_by_text("face").first.wait_for()
    page.locator("#dialogue textarea").fill("Ann: I am here [face.png]")
    page.locator("#analyse-dialogue").click()
    expect(page.locator("#talk-view .mm-turn")).to_have_count(1)
    expect(page.locator("#talk-view .mm-turn")).to_contain_text("words and face")


def test_example_is_shown_and_analysed(page):
    page.locator("#try-dialogue").click()
    page.locator("#talk-view .mm-talk").wait_for()
    expect(page.locator("#talk-view .mm-turn")).to_have_count(8)
    assert page.locator("#dialogue textarea").input_value().startswith("Mia: I got the job!")


def test_example_goes_before_a_table_that_was_given(page):
    page.get_by_text("A table instead, or pictures").click()
    upload = page.locator("#talk-table input[type=file]")
    upload.set_input_files({"name": "talk.csv", "mimeType": "text/csv", "buffer": MELD})
    expect(page.locator("#talk-choice input")).to_have_value("4")
    page.locator("#try-dialogue").click()
    expect(page.locator("#talk-view .mm-turn")).to_have_count(8)
    expect(page.locator("#talk-choice")).to_have_count(0)


def test_table_that_cannot_be_used_is_refused_at_once(page):
    page.get_by_text("A table instead, or pictures").click()
    upload = page.locator("#talk-table input[type=file]")
    upload.set_input_files({"name": "talk.csv", "mimeType": "text/csv", "buffer": b"foo,bar\n1,2\n"})
    expect(page.locator(".toast-body")).to_contain_text("expected a column Utterance or text, got foo, bar")


def test_nothing_given_gives_a_plain_error(page):
    page.locator("#analyse-dialogue").click()
    expect(page.get_by_role("alert")).to_contain_text("Give a dialogue or a table.")
