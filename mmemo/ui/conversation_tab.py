"""The Conversation tab: a dialogue turn by turn, how its mood moves, and what each speaker brings.

Public API: `/conversation` with `dialogue` (text, or null), `table` (a CSV file in the manner of MELD, or null),
`dialogue_id` (which dialogue of the table; null for the first), `pictures` (files that turns name, or null),
`explain` and `language` gives `Conversation.to_dict()`.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr
from PIL import Image

from mmemo.conversation import (
    Conversation,
    ConversationError,
    SpeakerSummary,
    Turn,
    TurnResult,
    as_turns,
    read_dialogues,
)
from mmemo.perception import is_unicode
from mmemo.pipeline import MmemoPipeline
from mmemo.results import AnalysisFailure
from mmemo.ui import markup
from mmemo.ui.calls import EXPLAIN_LABEL, LANGUAGE_LABEL, NOT_UNICODE, count_characters, explaining, within
from mmemo.ui.pictures import FileDescription, decode, plain_error, upload_bytes
from mmemo.ui.report import foreign_among
from mmemo.ui.settings import Settings
from mmemo.ui.texts import ENGLISH, Texts

MAX_FACES_IN_ARC = 30
"""Turns up to which the arc's points are drawn as faces; above they are dots."""

MAX_PICTURES = 20

MAX_PIXELS_KEPT = 4_000_000
"""To this a picture is shrunk, since all are held at once; words are read, and faces sought, in smaller copies."""

MAX_ROWS = 20_000
"""Rows of a table, all dialogues together; MELD's largest has 9,989."""

MAX_AROUND_WORDS = 200
"""Characters that a turn may have beside its words: who spoke and when, the name of a picture, blank space."""


class ConversationTab:
    """Handlers of the tab around one pipeline."""

    def __init__(self, pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
        """Keep the pipeline, the words of the page and the limits; every handler only reads them."""
        self.pipeline, self.texts, self.settings = pipeline, texts, settings

    def conversation(
        self,
        dialogue: str | None = None,
        table: FileDescription | None = None,
        dialogue_id: str | None = None,
        pictures: Sequence[FileDescription] | None = None,
        explain: str | None = None,
        language: str | None = None,
    ) -> dict[str, Any]:
        """Tell which emotion each turn of a conversation carries, how the mood moves, and what each speaker brings.

        Args:
            dialogue: The dialogue, a line for each turn: `Ann: hello`; null where a table is given.
            table: A CSV file with the columns Utterance, Speaker, Dialogue_ID and Utterance_ID; null otherwise.
            dialogue_id: Which dialogue of the table; null for the first.
            pictures: Files that turns name, as in `Ann: look [cat.jpg]`, or null.
            explain: How thoroughly to explain each turn: none (the default), fast or full.
            language: Of the explanations: en (the default), de or es.

        Returns:
            Turns, arc and speakers, with the same keys as in Python.
        """
        if dialogue and table is not None:  # on the page a table goes before what was written
            reason = "expected a dialogue or a table, got both"
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, reason)
        options = explaining(explain or "none", language)
        return self._analysed(dialogue, table, dialogue_id, pictures, **options).to_dict()

    def show(
        self,
        dialogue: str | None,
        table: FileDescription | None,
        dialogue_id: str | None,
        pictures: Sequence[FileDescription] | None,
    ) -> tuple[str, dict[str, Any] | None]:
        """Analyse what stands in the page: the report and the JSON, or what is wrong with it."""
        try:
            found = self._analysed(dialogue, table, dialogue_id, pictures, explain="none")
        except gr.Error as error:
            return markup.failed(error, self.texts), None
        return conversation_report(found, self.texts), found.to_dict()

    def list_dialogues(self, table: FileDescription | None) -> Any:  # noqa: ANN401 - Gradio's update
        """The choice of dialogues once a table is there; hidden where there is nothing to choose."""
        if table is None:
            return gr.update(choices=[], value=None, visible=False)
        names = list(within(self.settings.call_timeout_s, lambda: self._dialogues(table), self.texts))
        return gr.update(choices=names, value=names[0], visible=len(names) > 1)

    def _analysed(
        self,
        dialogue: str | None,
        table: FileDescription | None,
        dialogue_id: str | None,
        pictures: Sequence[FileDescription] | None,
        **options: Any,  # noqa: ANN401 - of the pipeline
    ) -> Conversation:
        def analysed() -> Conversation:
            turns = self._turns(dialogue, table, dialogue_id, self._pictures(pictures))
            self._check(turns)
            return self.pipeline.conversation(turns, **options)

        try:
            return within(self.settings.batch_timeout_s, analysed, self.texts)
        except gr.Error:  # which is a ValueError too
            raise
        except ValueError as error:
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, error) from error

    def _turns(
        self,
        dialogue: str | None,
        table: FileDescription | None,
        dialogue_id: str | None,
        pictures: Mapping[str, Any],
    ) -> tuple[Turn, ...]:
        if not isinstance(dialogue, str | None):
            raise ConversationError(f"dialogue must be a string or null, got {type(dialogue).__name__}")
        if not is_unicode(dialogue or ""):
            raise ConversationError(NOT_UNICODE.format(name="dialogue"))
        if table is None:
            if not (dialogue or "").strip():
                raise plain_error(self.texts, "{reason}.", self.texts.NO_DIALOGUE)
            length, limit = len(dialogue or ""), self.settings.max_text + self.settings.max_items * MAX_AROUND_WORDS
            if length > limit:  # told before it is read
                raise ConversationError(f"expected at most {limit:,} characters with names, got {length:,}")
            return as_turns(dialogue or "", pictures)
        dialogues = self._dialogues(table)
        name = next(iter(dialogues)) if dialogue_id is None else str(dialogue_id)
        if name not in dialogues:
            raise ConversationError(f"unknown dialogue {name[:40]!r}: expected one of {', '.join(dialogues)[:80]}")
        return as_turns(dialogues[name], pictures)

    def _dialogues(self, table: FileDescription) -> dict[str, tuple[Turn, ...]]:
        limit = self.settings.max_upload_bytes
        data = upload_bytes(table, self.texts, name="table", max_bytes=limit) or b""
        try:
            if len(data) > limit:
                raise ConversationError(f"the table: expected at most {limit:,} bytes, got more")
            return read_dialogues(data, max_rows=MAX_ROWS)
        except ConversationError as error:
            raise plain_error(self.texts, self.texts.REQUEST_REFUSED, error) from error

    def _pictures(self, described: Sequence[FileDescription] | None) -> dict[str, Any]:
        """Pictures by the names that they were uploaded under."""
        if not isinstance(described, list | None):
            raise plain_error(
                self.texts, self.texts.REQUEST_REFUSED, self.texts.WRONG_FILE.format(name="each of pictures")
            )
        if len(described or ()) > MAX_PICTURES:
            raise ConversationError(f"expected at most {MAX_PICTURES} pictures, got {len(described or ())}")
        limits = self.settings
        found = {}
        for file in described or ():
            data = upload_bytes(file, self.texts, name="each of pictures", max_bytes=limits.max_upload_bytes)
            picture = decode(data, self.texts, max_pixels=limits.max_pixels, max_bytes=limits.max_upload_bytes)
            if picture is not None:
                found[str(file.get("orig_name") or file.get("path")).rpartition("/")[2]] = shrunk(picture)
        return found

    def _check(self, turns: Sequence[Turn]) -> None:
        if len(turns) > self.settings.max_items:
            raise ConversationError(f"expected at most {self.settings.max_items:,} turns, got {len(turns):,}")
        length = sum(len(turn.text) for turn in turns)
        if length > self.settings.max_text:
            raise ConversationError(f"expected at most {self.settings.max_text:,} characters, got {length:,}")


def shrunk(picture: Image.Image) -> Image.Image:
    """The picture with at most `MAX_PIXELS_KEPT` pixels."""
    factor = math.sqrt(MAX_PIXELS_KEPT / (picture.width * picture.height))
    if factor >= 1:
        return picture
    size = max(1, int(picture.width * factor)), max(1, int(picture.height * factor))
    return picture.resize(size, reducing_gap=2.0)


# --- the report ------------------------------------------------------------------------------------------------------


def waiting(texts: Texts) -> str:
    """What stands in the report's place before there is one."""
    return markup.steps(texts.TALK_WAITING_TITLE, texts.TALK_WAITING_STEPS)


def conversation_report(found: Conversation, texts: Texts) -> str:
    """Arc, speakers and turns as HTML."""
    turns = "".join(_turn(number, turn, texts) for number, turn in enumerate(found.turns, start=1))
    cards = (
        markup.card(texts.ARC, arc(found, texts), note=texts.ARC_NOTE),
        markup.card(texts.SPEAKERS, "".join(_speaker(speaker, texts) for speaker in found.speakers)),
        markup.card(
            texts.TURNS,
            f'<ol class="mm-turns">{turns}</ol>',
            note=foreign_among([turn.result for turn in found.turns], texts),
        ),
    )
    return f'<div class="mm-report mm-talk">{"".join(cards)}</div>'


def signed(value: float) -> str:
    """A valence for people, such as `+0.4`."""
    return f"{value:+.1f}".replace("-", "−")


def arc(found: Conversation, texts: Texts) -> str:
    """Valence over the turns: a line, at each turn a face or a dot in its emotion's colour, and the same in words."""
    points = [(number, value) for number, value in enumerate(found.arc, start=1) if value is not None]
    if not points:
        return markup.paragraph(texts.ARC_EMPTY)
    last = max(1, len(found.turns) - 1)
    low, high = min(points, key=lambda point: point[1]), max(points, key=lambda point: point[1])
    name = texts.ARC_ALT.format(
        count=len(found.turns),
        first=signed(points[0][1]),
        last=signed(points[-1][1]),
        low=signed(low[1]),
        low_turn=low[0],
        high=signed(high[1]),
        high_turn=high[0],
    )
    places = [(number, 100 * (number - 1) / last, 50 * (1 - value)) for number, value in points]
    line = " ".join(f"{x:.2f},{y:.2f}" for _, x, y in places)
    marks = "".join(_point(found.turns[number - 1], x, y, len(points)) for number, x, y in places)
    return (
        f'<div class="mm-arc" role="img" aria-label="{escape(name)}">'
        f'<span class="mm-arc-end">{escape(texts.PLEASANT)}</span><div class="mm-arc-plot">'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f'<path class="mm-arc-zero" d="M0 50h100"/><polyline points="{line}"/></svg>{marks}</div>'
        f'<span class="mm-arc-end">{escape(texts.UNPLEASANT)}</span></div>'
    )


def _point(turn: TurnResult, x: float, y: float, count: int) -> str:
    assert turn.emotion is not None, "a point has an emotion"
    label = turn.emotion.label
    drawing = markup.face_drawing(label) if count <= MAX_FACES_IN_ARC else ""
    kind = "mm-point" if drawing else "mm-point mm-dot"
    return f'<span class="{kind}" style="left:{x:.2f}%;top:{y:.2f}%;{tone(label)}">{drawing}</span>'


def tone(emotion: str) -> str:
    """The style that colours something by an emotion."""
    return f"--mm-tone:var(--mm-{escape(emotion)},var(--mm-accent))"


def _speaker(speaker: SpeakerSummary, texts: Texts) -> str:
    name = escape(speaker.speaker or texts.NO_SPEAKER)
    turns = texts.ONE_TURN if speaker.num_turns == 1 else texts.MANY_TURNS.format(count=speaker.num_turns)
    said = ", ".join(f"{texts.label(label)} {count}×" for label, count in speaker.emotions.items())
    mean = "" if speaker.valence is None else f" {texts.MEAN_VALENCE.format(value=signed(speaker.valence))}"
    face = markup.face_drawing(max(speaker.scores, key=speaker.scores.__getitem__)) if speaker.scores else ""
    return (
        f'<div class="mm-speaker">{face}<div><h3>{name}</h3>'
        f'<p class="mm-note">{escape(turns)} {escape(said + "." if said else "")}{escape(mean)}</p></div></div>'
    )


def _turn(number: int, turn: TurnResult, texts: Texts) -> str:
    speaker = f"<strong>{escape(turn.speaker)}</strong>" if turn.speaker else ""
    origin = f'<p class="mm-note">{escape(texts.WORDS_READ)}:</p>' if turn.words_read else ""
    said = turn.text or turn.words_read
    words = f'{origin}<p class="mm-said" dir="auto">{escape(said)}</p>' if said else ""
    if isinstance(turn.result, AnalysisFailure):
        problem = escape(texts.NOT_ANALYSED.format(reason=turn.result.message))
        return (
            f'<li class="mm-turn mm-failed"><p class="mm-turn-head"><span class="mm-number">{number}</span>{speaker}'
            f'<span class="mm-problem">{markup.sign("unsure")}{problem}</span></p>{words}</li>'
        )
    if turn.emotion is None:
        feeling, style = escape(texts.NO_EMOTION), ""
    else:
        label = turn.emotion.label
        share = markup.shown(texts.percent(turn.emotion.scores[label]))
        feeling, style = f"{markup.face_drawing(label)}<b>{escape(texts.label(label))}</b> {share}", tone(label)
    faces = len(turn.result.faces)
    seen = f' <span class="mm-note">{escape(texts.WITH_FACE)}</span>' if faces else ""
    return (
        f'<li class="mm-turn" style="{style}"><p class="mm-turn-head"><span class="mm-number">{number}</span>{speaker}'
        f'<span class="mm-feeling">{feeling}</span>{seen}</p>{words}</li>'
    )


# --- layout ----------------------------------------------------------------------------------------------------------


def build_conversation_api(pipeline: MmemoPipeline, settings: Settings) -> None:
    """`/conversation`, on components that no page shows; it answers in English."""
    tab = ConversationTab(pipeline, ENGLISH, settings)
    dialogue = gr.Textbox(label="dialogue: a line for each turn, `Ann: hello`, or null", visible=False)
    table = gr.File(label="table: a .csv file with a column Utterance, in the manner of MELD; or null", visible=False)
    dialogue_id = gr.Textbox(label="dialogue_id: which dialogue of the table; null for the first", visible=False)
    pictures = gr.File(label="pictures: files that turns name, or null", file_count="multiple", visible=False)
    explain = gr.Textbox(label=EXPLAIN_LABEL, visible=False)
    language = gr.Textbox(label=LANGUAGE_LABEL, visible=False)
    result = gr.JSON(label=ENGLISH.JSON_LABEL, visible=False)
    gr.Button(visible=False).click(
        tab.conversation,
        [dialogue, table, dialogue_id, pictures, explain, language],
        result,
        api_name="conversation",
        preprocess=False,
        concurrency_limit=settings.concurrency,
        concurrency_id="model",
    )


def build_conversation_tab(pipeline: MmemoPipeline, texts: Texts, settings: Settings) -> None:
    """Lay out the tab inside the current Blocks."""
    tab = ConversationTab(pipeline, texts, settings)
    with gr.Row(elem_classes="mm-columns"):
        with gr.Column(scale=5, min_width=300):
            dialogue = gr.Textbox(
                label=texts.DIALOGUE,
                info=texts.DIALOGUE_INFO,
                placeholder=texts.DIALOGUE_HINT,
                lines=8,
                max_lines=20,
                max_length=settings.max_text,
                elem_id="dialogue",
            )
            count_characters(dialogue, settings.max_text, texts)
            button = gr.Button(texts.ANALYSE, variant="primary", size="lg", elem_id="analyse-dialogue")
            example = gr.Button(texts.TRY_DIALOGUE, size="sm", elem_id="try-dialogue")
            with gr.Accordion(texts.TALK_FILES, open=False, elem_id="talk-files"):
                table = gr.File(label=texts.TALK_TABLE, file_types=[".csv"], height=120, elem_id="talk-table")
                choice = gr.Dropdown(label=texts.TALK_CHOICE, visible=False, elem_id="talk-choice")
                pictures = gr.File(
                    label=texts.TALK_PICTURES,
                    file_count="multiple",
                    file_types=["image"],
                    height=120,
                    elem_id="talk-pictures",
                )
        with gr.Column(scale=7, min_width=300):
            view = gr.HTML(waiting(texts), apply_default_css=False, elem_id="talk-view", elem_classes="mm-own")
            with gr.Accordion(texts.JSON_CARD, open=False, elem_id="talk-json-card"):
                result = gr.JSON(label=texts.JSON_LABEL, show_label=False, max_height=480, elem_id="talk-json")
    event: dict[str, Any] = {"api_visibility": "private", "preprocess": False}
    shown: dict[str, Any] = {
        "concurrency_limit": settings.concurrency,
        "concurrency_id": "model",
        "show_progress": "minimal",
        "show_progress_on": view,
    }
    inputs = [dialogue, table, choice, pictures]
    button.click(tab.show, inputs, [view, result], **event, **shown)
    # In the queue, since only there an error reaches the page.
    table.change(tab.list_dialogues, table, choice, **event, **shown | {"show_progress": "hidden"})
    example.click(  # a table would go before it
        lambda: (texts.EXAMPLE_DIALOGUE, None), None, [dialogue, table], queue=False, api_visibility="private"
    ).then(tab.show, inputs, [view, result], **event, **shown)
