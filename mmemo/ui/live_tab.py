"""The Live tab: faces on the camera, their smoothed emotion, and words weighed in.

Conventions: times are seconds of a clock that only runs forward. A frame is analysed and forgotten: it is written to no
disk, and what goes back to the browser is inside the page itself. When the machine is slower than the camera, frames
are dropped, never queued.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from PIL import Image

from mmemo.pipeline import MmemoPipeline
from mmemo.results import Analysis, Scores
from mmemo.ui import markup, report
from mmemo.ui.calls import run_pipeline
from mmemo.ui.pictures import FileDescription, data_url, decode, picture_bytes, plain_error
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, Texts
from mmemo.ui.timeline import Moment, remember, timeline

TASKS = ("face_emotion", "emotion", "text_emotion")
"""What a frame is asked for; the other tasks judge memes, not people."""

STREAM_EVERY_S = 0.1
TIME_LIMIT_S = 120
"""A stream gives up its place after this time, so that others get their turn; a camera that runs on queues again."""

CONCURRENCY_LIMIT = 2
"""Cameras at once."""

HOLD_S = 1.0
"""How long the last emotion stays while no face is in view: a face lost for a frame or two is nothing new."""

RATE_HALF_LIFE_S = 2.0
DEFAULT_HALF_LIFE_S = 1.0
MAX_HALF_LIFE_S = 10.0
FRAME_SIDE = 480


@dataclass(frozen=True, kw_only=True)
class LiveState:
    """What is remembered of a stream: numbers only.

    Attributes:
        scores: Smoothed probability of each emotion; empty before the first.
        seen_s: When there last was an emotion to smooth.
        frame_s: When the last frame came; None before the first.
        interval_s: Smoothed time between frames; None before the second.
        num_frames: Frames so far.
        history: The last minute, as `timeline.remember` keeps it.
    """

    scores: dict[str, float] = field(default_factory=dict)
    seen_s: float = 0.0
    frame_s: float | None = None
    interval_s: float | None = None
    num_frames: int = 0
    history: tuple[Moment, ...] = ()


def newest_share(elapsed_s: float, half_life_s: float) -> float:
    """Share of the newest value in an exponential average, in [0, 1]; a half-life of 0 keeps nothing of the past."""
    if half_life_s <= 0:
        return 1.0
    return 1.0 - 0.5 ** (max(0.0, elapsed_s) / half_life_s)


def smooth(
    past: Mapping[str, float], newest: Mapping[str, float], elapsed_s: float, half_life_s: float
) -> dict[str, float]:
    """Exponential average of probabilities over time: after one half-life the past counts half."""
    if past.keys() != newest.keys():
        return dict(newest)
    share = newest_share(elapsed_s, half_life_s)
    return {label: (1.0 - share) * past[label] + share * value for label, value in newest.items()}


def emotion_of(analysis: Analysis) -> Scores | None:
    """Emotion of the leading face and the words, of the face alone when nothing fuses them."""
    if analysis.emotion is not None or not analysis.faces:
        return analysis.emotion
    return analysis.faces[0].emotion


def next_state(state: LiveState, analysis: Analysis, now_s: float, half_life_s: float) -> LiveState:
    """The state after a frame."""
    found = emotion_of(analysis)
    if found is not None:
        scores, seen_s = smooth(state.scores, found.scores, now_s - state.seen_s, half_life_s), now_s
    elif now_s - state.seen_s <= HOLD_S:
        scores, seen_s = state.scores, state.seen_s
    else:
        scores, seen_s = {}, state.seen_s
    interval_s = state.interval_s
    if state.frame_s is not None:
        newest = now_s - state.frame_s
        share = newest_share(newest, RATE_HALF_LIFE_S)
        interval_s = newest if interval_s is None else (1.0 - share) * interval_s + share * newest
    return LiveState(
        scores=scores,
        seen_s=seen_s,
        frame_s=now_s,
        interval_s=interval_s,
        num_frames=state.num_frames + 1,
        history=remember(state.history, now_s, scores if found is not None else {}),
    )


def live_pipeline(pipeline: MmemoPipeline) -> MmemoPipeline:
    """The same models, asked only for what a frame needs."""
    engines = {task: engine for task, engine in pipeline.engines.items() if task in TASKS}
    return MmemoPipeline(engines, face_detector=pipeline.face_detector, text_reader=pipeline.text_reader)


def _rate(state: LiveState, texts: Texts) -> str:
    if not state.interval_s:
        return texts.LIVE_STARTING
    return texts.LIVE_RATE.format(rate=f"{1.0 / state.interval_s:.1f}")


def _emotions(analysis: Analysis, state: LiveState, texts: Texts) -> str:
    if not state.scores:
        return markup.card(texts.EMOTION, markup.paragraph(texts.LIVE_NO_EMOTION))
    ordered = tuple(state.scores.items())
    label, share = max(ordered, key=lambda item: item[1])
    found = emotion_of(analysis)
    note = report.made_from(found, texts) if found is not None else texts.LIVE_NO_EMOTION
    rows = markup.bars(ordered, texts, drawn=True)
    return markup.card(texts.EMOTION, report.leading_emotion(label, share, texts) + rows, note=note)


def live_view(frame: Image.Image, analysis: Analysis, state: LiveState, texts: Texts) -> str:
    """The frame with its faces, and the smoothed emotion."""
    assert analysis.image_size is not None, "a frame is a picture"
    count = report.faces_in_words(len(analysis.faces), texts)
    marks = [(face.box, report.face_label(number, face, texts)) for number, face in enumerate(analysis.faces, start=1)]
    alt = texts.LIVE_FIGURE_ALT.format(faces=count)
    figure = markup.boxed_picture(data_url(frame, FRAME_SIDE), analysis.image_size, marks, alt)
    faces = markup.card(texts.FACES_CARD, figure, note=f"{count} {_rate(state, texts)}.")
    return (
        f'<div class="mm-report mm-live" data-frames="{state.num_frames}" data-faces="{len(analysis.faces)}">'
        f"{faces}{_emotions(analysis, state, texts)}</div>"
    )


class LiveTab:
    """Handler of the stream around one pipeline."""

    def __init__(
        self, pipeline: MmemoPipeline, texts: Texts, settings: Settings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Keep the pipeline, the words of the page, the limits and a clock in seconds."""
        self.pipeline, self.texts, self.settings, self.clock = live_pipeline(pipeline), texts, settings, clock

    def step(
        self, frame: FileDescription | None, words: str | None, half_life_s: float, state: LiveState | None
    ) -> tuple[Any, Any, LiveState]:
        """Analyse a frame: what is shown, the last minute where it has changed, and the new state."""
        state = state or LiveState()
        picture = decode(picture_bytes(frame, self.texts), self.texts, max_pixels=self.settings.max_pixels)
        if picture is None:
            return gr.skip(), gr.skip(), state
        try:
            analysis = self.pipeline(image=picture, text=words or "", explain="none")
        except ValueError as error:
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, error) from error
        now_s = self.clock()
        newest = next_state(state, analysis, now_s, float(half_life_s))
        plot = gr.skip() if newest.history == state.history else timeline(newest.history, now_s, self.texts)
        return live_view(picture, analysis, newest, self.texts), plot, newest

    def live_frame(self, image: FileDescription | None = None, text: str | None = None) -> dict[str, Any]:
        """Tell what a frame and words express, as the stream does, without smoothing.

        Args:
            image: A frame.
            text: The words; null for none.

        Returns:
            The analysis, with the same keys as in Python.
        """
        limits = self.settings
        data = picture_bytes(image, self.texts, max_bytes=limits.max_upload_bytes)
        picture = decode(data, self.texts, max_pixels=limits.max_pixels, max_bytes=limits.max_upload_bytes)
        given = "" if text is None else text
        return run_pipeline(self.pipeline, self.texts, limits, picture, given, explain="none").to_dict()


def waiting(texts: Texts) -> str:
    """What stands in the view's place before the first frame."""
    return markup.steps(texts.LIVE_WAITING_TITLE, texts.LIVE_WAITING_STEPS)


def camera_options(facing: str) -> gr.WebcamOptions:
    """How the camera is opened: pixels as they are, never mirrored; `facing` is `user` or `environment`."""
    return gr.WebcamOptions(
        mirror=False,
        constraints={"video": {"facingMode": {"ideal": facing}, "width": {"ideal": 640}, "height": {"ideal": 480}}},
    )


ON_MIRROR = """(on) => {
  for (const id of ["camera", "live-view"]) document.getElementById(id)?.classList.toggle("mm-mirrored", on);
}"""
"""Runs in the browser: mirrors what is seen; what is sent and analysed stays as the camera films it."""


_REOPEN = """
const reopen = async (video, facing) => {
  for (const track of video.srcObject.getTracks()) { track.stop(); video.srcObject.removeTrack(track); }
  const constraints = { facingMode: { ideal: facing }, width: { ideal: 640 }, height: { ideal: 480 } };
  const opened = await navigator.mediaDevices.getUserMedia({ video: constraints });
  for (const track of opened.getTracks()) video.srcObject.addTrack(track);
  await video.play();
};
"""

ON_FACING = f"""async (facing) => {{
  {_REOPEN}
  const video = document.querySelector("#camera video");
  if (video?.srcObject?.active) await reopen(video, facing);
  return facing;
}}"""
"""Runs in the browser: changes the camera of a running stream, which stays the same stream."""

ON_VIEW = f"""
{_REOPEN}
document.addEventListener("click", (event) => {{
  const button = event.target.closest("#camera .capture-button");
  const video = document.querySelector("#camera video");
  if (!button || !video?.srcObject) return;
  if (button.querySelector("[title='stop recording']"))
    for (const track of video.srcObject.getTracks()) track.stop();
  else if (!video.srcObject.active)
    reopen(video, document.querySelector("#facing input:checked")?.value ?? "user");
}}, true);
const leave = () => {{
  document.querySelector("#camera .capture-button:has([title='stop recording'])")?.click();
  for (const track of document.querySelector("#camera video")?.srcObject?.getTracks() ?? []) track.stop();
}};
new ResizeObserver(() => element.checkVisibility() || leave()).observe(element);
document.addEventListener("visibilitychange", () => document.hidden && leave());
"""
"""Runs in the browser: Stop turns the camera off, not only the analysis, and so does leaving the tab or the page;
Record turns it on again.
"""


def _inputs(texts: Texts, settings: Settings) -> tuple[gr.Image, gr.Textbox, gr.Slider]:
    camera = gr.Image(
        label=texts.CAMERA,
        type="filepath",
        image_mode=None,
        sources=["webcam"],
        streaming=True,
        webcam_options=camera_options("user"),
        buttons=[],
        height=360,
        elem_id="camera",
    )
    words = gr.Textbox(
        label=texts.LIVE_WORDS,
        info=texts.LIVE_WORDS_INFO,
        placeholder=texts.LIVE_WORDS_HINT,
        max_length=settings.max_text,
        elem_id="live-words",
    )
    with gr.Accordion(texts.LIVE_SETTINGS, open=False, elem_id="live-settings"):
        half_life = gr.Slider(
            0,
            MAX_HALF_LIFE_S,
            value=DEFAULT_HALF_LIFE_S,
            step=0.1,
            label=texts.HALF_LIFE,
            info=texts.HALF_LIFE_INFO,
            buttons=[],
            elem_id="half-life",
        )
        with gr.Row(elem_classes="mm-controls"):
            facing = gr.Radio(
                [(texts.CAMERA_FRONT, "user"), (texts.CAMERA_REAR, "environment")],
                value="user",
                label=texts.CAMERA_FACING,
                elem_id="facing",
            )
            mirror = gr.Checkbox(value=False, label=texts.MIRROR, info=texts.MIRROR_INFO, elem_id="mirror")
    mirror.change(None, mirror, None, js=ON_MIRROR, api_visibility="private")
    facing.change(
        lambda facing: gr.Image(webcam_options=camera_options(facing)),
        facing,
        camera,
        js=ON_FACING,
        queue=False,
        api_visibility="private",
    )
    return camera, words, half_life


def build_live_api(pipeline: MmemoPipeline, settings: Settings) -> None:
    """`/live_frame`, which no documentation lists: it is there for the project's own clients."""
    tab = LiveTab(pipeline, ENGLISH, settings)
    image = gr.Image(label="image: a frame", type="filepath", image_mode=None, visible=False)
    text = gr.Textbox(label="text: the words; null for none", visible=False)
    gr.Button(visible=False).click(
        tab.live_frame,
        [image, text],
        gr.JSON(label=ENGLISH.JSON_LABEL, visible=False),
        api_name="live_frame",
        api_visibility="undocumented",
        preprocess=False,
        concurrency_limit=CONCURRENCY_LIMIT,
        concurrency_id="live",
    )


def build_live_tab(pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
    """Lay out the tab inside the current Blocks."""
    tab = LiveTab(pipeline, texts, settings)
    with gr.Row(elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=300):
            camera, words, half_life = _inputs(texts, settings)
        with gr.Column(scale=7, min_width=300):
            view = gr.HTML(
                waiting(texts), js_on_load=ON_VIEW, apply_default_css=False, elem_id="live-view", elem_classes="mm-own"
            )
            plot = gr.HTML("", apply_default_css=False, elem_id="timeline", elem_classes="mm-own")
    state = gr.State(None, time_to_live=10 * TIME_LIMIT_S)
    camera.stream(
        tab.step,
        [camera, words, half_life, state],
        [view, plot, state],
        preprocess=False,
        stream_every=STREAM_EVERY_S,
        time_limit=TIME_LIMIT_S,
        concurrency_limit=CONCURRENCY_LIMIT,
        concurrency_id="live",
        show_progress="hidden",
        api_visibility="private",
    )
