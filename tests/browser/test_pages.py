"""What links open, what fits the screen, what everybody can use, and the camera: on the checkpoints that ship."""

import contextlib
import io
import re
import subprocess

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from mmemo.ui.blocks import TABS

pytestmark = pytest.mark.timeout(300)

PHONE = {"viewport": {"width": 390, "height": 844}}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
DARK = {"color_scheme": "dark"}
TAB_IDS = [tab_id for tab_id, *_ in TABS]


@pytest.mark.parametrize("visit", [{"path": "?lang=de&example=family"}], indirect=True, ids=["link"])
def test_link_opens_language_and_example(visit):
    page = visit.page
    evidence = visit.evidence()
    assert page.evaluate("[location.pathname, document.documentElement.lang]") == ["/de", "de"]
    assert "4 Gesichter wurden gefunden" in visit.answer()
    assert "Was die Werte bewegt hat" in evidence

    faces = page.locator("#evidence .mm-box")
    expect(faces).to_have_count(4)
    second = page.locator("#evidence").get_by_role("heading", name="Gesicht 2")
    expect(second).to_be_hidden()
    faces.nth(1).focus()
    page.keyboard.press("Enter")
    expect(second).to_be_visible()
    expect(faces.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(faces.nth(0)).to_have_attribute("aria-pressed", "false")

    page.locator("#evidence").get_by_role("button", name="Beleidigung").click()
    shown = page.locator("#evidence .mm-panels > div:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text("beleidigend:")
    expect(page.locator("#evidence img.mm-map:visible")).to_have_count(1)

    page.get_by_role("link", name="Español").click()
    assert "4" in visit.answer()
    assert re.search(r"/es\?.*example=family", page.url)


@pytest.mark.parametrize("visit", [{"locale": "es-MX"}], indirect=True, ids=["es-MX"])
def test_browser_language_is_taken_until_another_is_chosen(visit):
    page = visit.page
    page.wait_for_url("**/es")
    page.get_by_role("button", name="Analizar").wait_for()
    page.get_by_role("link", name="English").click()
    page.get_by_role("button", name="Analyse").wait_for()
    page.get_by_role("tab", name="About").click()
    assert "tab=about" in page.url
    page.reload()
    page.locator("#about .mm-about").wait_for()
    expect(page.get_by_role("tab", name="About")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("visit", [{}, PHONE | DARK], indirect=True, ids=["desktop-light", "phone-dark"])
def test_tabs_fit_the_screen_and_can_be_used_by_everybody(visit):
    page = visit.page
    page.get_by_role("button", name="Example: A family dinner").click()
    visit.evidence()
    expect(page.locator("#answer .mm-verdict").first).to_be_in_viewport()
    first = page.viewport_size
    for tab_id in TAB_IDS:
        page.locator(f"#{tab_id}-tab-button").click()
        page.wait_for_timeout(300)
        assert visit.serious_violations() == [], tab_id
        for size in (first, PHONE["viewport"], DESKTOP["viewport"]):
            page.set_viewport_size(size)
            page.wait_for_timeout(100)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (tab_id, size)
            assert visit.overlaps() == [], (tab_id, size)
        page.set_viewport_size(first)


FOCUSED = (
    ("meme", "#detail input:checked"),
    ("meme", "#words textarea"),
    ("meme", "#picture [aria-dropeffect]"),
    ("meme", "#meme-tab-button"),
    ("live", '#camera [title="grant webcam access"] button'),
    ("live", "#half-life input[type=range]"),
    ("live", "#facing input:checked"),
    ("batch", "#batch-archive [aria-dropeffect]"),
    ("batch", "#batch-table [aria-dropeffect]"),
    ("about", "#about .mm-table"),
)
"""Tabs and what can be focused there."""

STILL = "* { transition: none !important; animation: none !important; caret-color: transparent !important; }"


def luminance(screenshot: bytes) -> np.ndarray:
    """Relative luminance of each pixel, as WCAG defines it: (H, W) in [0, 1]."""
    values = np.asarray(Image.open(io.BytesIO(screenshot)).convert("RGB")) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("visit", [DESKTOP, DESKTOP | DARK], indirect=True, ids=["light", "dark"])
def test_keyboard_focus_is_seen(visit):
    page = visit.page
    page.add_style_tag(content=STILL)
    page.locator("#live-tab-button").click()
    page.get_by_role("button", name="Smoothing, camera, mirror").click()
    for tab_id, selector in FOCUSED:
        page.locator(f"#{tab_id}-tab-button").click()
        part = page.locator(selector).first
        part.scroll_into_view_if_needed()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("Shift")  # from here on it is the keyboard that moves the focus
        page.wait_for_timeout(300)
        before = luminance(page.screenshot())
        part.focus()
        after = luminance(page.screenshot())
        contrast = (np.maximum(before, after) + 0.05) / (np.minimum(before, after) + 0.05)
        box = part.bounding_box()
        assert (contrast >= 3).sum() >= 2 * (box["width"] + box["height"]), selector


@pytest.mark.parametrize("visit", [PHONE | {"path": "?tab=about"}], indirect=True, ids=["phone"])
def test_about_lines_up_and_its_buttons_cover_nothing(visit):
    lefts = """cells => cells.map((cell) => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      return Math.round(range.getBoundingClientRect().left);
    })"""
    visit.page.locator("#about .mm-table table").first.wait_for()
    for table in visit.page.locator("#about .mm-table table").all():
        assert len(set(table.locator("tr > :first-child").evaluate_all(lefts))) == 1
    for snippet in visit.page.locator("#about .mm-snippet").all():
        button = snippet.get_by_role("button").bounding_box()
        assert button["y"] + button["height"] <= snippet.locator("code").bounding_box()["y"]


@pytest.mark.parametrize("visit", [{"path": "?tab=about"}], indirect=True, ids=["link"])
def test_snippets_name_this_app_and_run(visit, tmp_path):
    page = visit.page
    _, client, http = page.locator("#about pre code").all_inner_texts()
    assert visit.url.rstrip("/") in client and visit.url.rstrip("/") in http
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(client, "snippet", "exec"), {})
    assert "hateful" in printed.getvalue()
    answer = subprocess.run(["sh", "-c", http], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert '"verdict"' in answer.stdout and "event: complete" in answer.stdout

    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#about [data-copy]").first.click()
    expect(page.locator("#about [data-copy]").first).to_have_text("Copied")
    assert "MmemoPipeline.from_pretrained()" in page.evaluate("navigator.clipboard.readText()")


def live_frames(page) -> int:
    return int(page.locator("#live-view .mm-live").get_attribute("data-frames"))


SIDES = """image => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 2, height: 1 });
  canvas.getContext("2d").drawImage(image, 0, 0, 2, 1);
  const [red, green, , , right, rightGreen] = canvas.getContext("2d").getImageData(0, 0, 2, 1).data;
  return [red - green, right - rightGreen];
}"""
"""How red the left and the right half of a picture are."""


@pytest.mark.parametrize("visit", [{"path": "?tab=live"}], indirect=True, ids=["link"])
def test_live_stream_shows_faces_fuses_words_and_stops(visit, app_log):
    page = visit.page
    page.locator('#camera [title="grant webcam access"] button').click()
    page.wait_for_function("document.querySelector('#camera video')?.currentTime > 0.5")
    kept = set((app_log.parent / "uploads").rglob("*.*"))
    record = page.locator("#camera button.capture-button")
    record.click()
    page.locator("#live-view .mm-live[data-faces='1']").wait_for()
    expect(page.locator("#live-view")).to_contain_text("From the face alone")
    assert page.locator("#live-view .mm-box").first.evaluate("box => parseFloat(box.style.left)") < 30
    left, right = page.locator("#live-view .mm-figure img").evaluate(SIDES)
    assert right > left + 60, "the picture arrived mirrored"

    page.locator("#live-words textarea, #live-words input").fill("this is wonderful")
    expect(page.locator("#live-view")).to_contain_text("From the words and the face together")
    page.get_by_role("button", name="Smoothing, camera, mirror").click()
    page.get_by_label("Mirror the view").check()
    turned = page.locator("#live-view .mm-figure").evaluate("figure => getComputedStyle(figure).transform")
    assert turned.startswith("matrix(-1")
    page.get_by_label("Rear").check()
    before = live_frames(page)
    page.wait_for_function(f"Number(document.querySelector('#live-view .mm-live').dataset.frames) >= {before} + 5")
    assert page.locator("#timeline svg").get_attribute("aria-label").startswith("Shares over the last minute:")

    record.click()
    assert page.locator("#camera video").evaluate("video => video.srcObject.active") is False, "the camera is still on"
    page.wait_for_timeout(1500)
    stopped = live_frames(page)
    page.wait_for_timeout(1000)
    assert live_frames(page) == stopped
    assert set((app_log.parent / "uploads").rglob("*.*")) == kept, "a frame was stored"
    record.click()
    page.wait_for_function(f"Number(document.querySelector('#live-view .mm-live').dataset.frames) > {stopped}")


HIDE = """() => {
  Object.defineProperty(document, "hidden", { value: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.parametrize("visit", [{"path": "?tab=live"}], indirect=True, ids=["link"])
@pytest.mark.parametrize("how", ["tab", "page"])
def test_leaving_the_live_tab_turns_the_camera_off(visit, how):
    page = visit.page
    page.locator('#camera [title="grant webcam access"] button').click()
    page.wait_for_function("document.querySelector('#camera video')?.currentTime > 0.5")
    page.locator("#camera button.capture-button").click()
    page.locator("#live-view .mm-live").wait_for()
    if how == "tab":
        page.locator("#meme-tab-button").click()
    else:
        page.evaluate(HIDE)
    page.wait_for_function("document.querySelector('#camera video').srcObject.active === false")
    page.wait_for_timeout(1500)
    stopped = live_frames(page)
    page.wait_for_timeout(1000)
    assert live_frames(page) == stopped
    page.locator("#live-tab-button").click()
    page.locator("#camera button.capture-button").click()
    page.wait_for_function(f"Number(document.querySelector('#live-view .mm-live').dataset.frames) > {stopped}")
