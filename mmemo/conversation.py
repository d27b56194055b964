"""Conversations: turns of speakers, read from text or from a table, and what each turn expresses.

Conventions: turns stand in the order they were said. A turn that cannot be read or analysed keeps its place and says
why, and the others go on. Valence is the probability of `happy` minus those of `angry`, `disgust`, `fear` and `sad`,
in [-1, 1]; `neutral` and `surprise` count for neither side.
"""

import csv
import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any

from mmemo.perception import ImageSource
from mmemo.perception.images import SUFFIXES
from mmemo.results import Analysis, AnalysisFailure, Scores
from mmemo.tables import find_delimiter

POSITIVE, NEGATIVE = ("happy",), ("angry", "disgust", "fear", "sad")
MAX_SPEAKER_LENGTH = 40
MAX_SPEAKER_WORDS = 4
MAX_ORDER_DIGITS = 18

_TITLE = r"(?:Drs?|Mr|Mrs|Ms|Prof|St|[A-Z])\."
_NAMED = re.compile(rf"(?P<speaker>(?:{_TITLE}|[^\W\d_])(?:\s{_TITLE}|[^:：.!?,;()])*?)\s*[:：](?:\s+(?P<text>.*))?$")
"""A name that begins with a letter, a colon, and what was said after a space: no web address, no time of day."""

_DAY, _CLOCK = r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? )?", r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
_STAMP = re.compile(rf"\u200e?(?:\[{_DAY}{_CLOCK}\]|{_DAY}{_CLOCK} [-–]) (?=\S)")
"""When it was said, as chat programs export it: `[24.12.25, 18:05:00] Ann: hi`, `12/24/25, 6:05 PM - Ann: hi`."""

_SUFFIX = "|".join(map(re.escape, SUFFIXES))
_PICTURE = re.compile(rf"(?P<text>.*?)\s*\[(?P<name>[^\[\]]+(?:{_SUFFIX}))\]$", re.IGNORECASE)
"""A picture's file name in square brackets at the end of a turn."""

TURN_KEYS = ("speaker", "text", "image", "image_name")


class ConversationError(ValueError):
    """A conversation that cannot be read at all; one line that says what was expected and what came."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What somebody said.

    Attributes:
        speaker: None when it is not known.
        text: The words that are judged; empty for those in the picture, or for none.
        image: A picture that goes with it, as the pipeline takes it; None for none.
        image_name: How the dialogue names the picture, which `with_pictures` finds; text alone opens no file.
        error: Why it cannot be read, in the place of the words.
    """

    speaker: str | None = None
    text: str = ""
    image: ImageSource | None = None
    image_name: str | None = None
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class TurnResult:
    """A turn and what came of it.

    Attributes:
        speaker: As in `Turn`.
        text: As in `Turn`; what was read from a picture stands in `result.text`.
        result: The analysis, or why there is none.
    """

    speaker: str | None
    text: str
    result: Analysis | AnalysisFailure

    @property
    def words_read(self) -> str:
        """What was read from the picture of a turn without words of its own; empty for none."""
        if not isinstance(self.result, Analysis) or self.result.text.source != "ocr":
            return ""
        return self.result.text.value

    @property
    def emotion(self) -> Scores | None:
        """Seven emotions of words and face; None when there is neither, or no analysis."""
        return self.result.emotion if isinstance(self.result, Analysis) else None

    @property
    def valence(self) -> float | None:
        """From -1, unpleasant, to 1, pleasant; None without an emotion."""
        return None if self.emotion is None else valence(self.emotion.scores)

    def to_dict(self) -> dict[str, Any]:
        """`speaker`, `text`, `valence`, and either `analysis` or `error`."""
        content = {"analysis": self.result.to_dict()} if isinstance(self.result, Analysis) else self.result.to_dict()
        return {"speaker": self.speaker, "text": self.text, "valence": self.valence, **content}


@dataclass(frozen=True, kw_only=True)
class SpeakerSummary:
    """What one speaker's turns have in common.

    Attributes:
        speaker: None for turns without one.
        num_turns: All of them, also those without an emotion.
        emotions: Leading emotion to the number of turns, the most frequent first.
        scores: Mean probability of each emotion; empty when no turn has one.
        valence: Mean valence; None likewise.
    """

    speaker: str | None
    num_turns: int
    emotions: dict[str, int]
    scores: dict[str, float]
    valence: float | None

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A conversation's turns, each with its analysis or the reason why there is none."""

    turns: tuple[TurnResult, ...]

    @property
    def speakers(self) -> tuple[SpeakerSummary, ...]:
        """A summary of each speaker, in the order they first spoke."""
        names = dict.fromkeys(turn.speaker for turn in self.turns)
        return tuple(_summary(name, [turn for turn in self.turns if turn.speaker == name]) for name in names)

    @property
    def arc(self) -> tuple[float | None, ...]:
        """Valence of each turn; None where there is none."""
        return tuple(turn.valence for turn in self.turns)

    def to_dict(self) -> dict[str, Any]:
        """`turns`, `arc` and `speakers` as plain JSON values."""
        return {
            "turns": [turn.to_dict() for turn in self.turns],
            "arc": list(self.arc),
            "speakers": [speaker.to_dict() for speaker in self.speakers],
        }


def valence(scores: Mapping[str, float]) -> float:
    """How pleasant the seven emotions are together, in [-1, 1]."""
    return sum(scores[label] for label in POSITIVE) - sum(scores[label] for label in NEGATIVE)


def _summary(speaker: str | None, turns: Sequence[TurnResult]) -> SpeakerSummary:
    found = [turn.emotion for turn in turns if turn.emotion is not None]
    labels = found[0].scores if found else {}
    scores = {label: sum(emotion.scores[label] for emotion in found) / len(found) for label in labels}
    return SpeakerSummary(
        speaker=speaker,
        num_turns=len(turns),
        emotions=dict(Counter(emotion.label for emotion in found).most_common()),
        scores=scores,
        valence=valence(scores) if scores else None,
    )


# --- reading ---------------------------------------------------------------------------------------------------------


def parse_dialogue(text: str) -> tuple[Turn, ...]:
    """Turns of a dialogue as people write it down.

    `Speaker: words` begins a turn. A speaker begins with a letter, has at most four words and no `. ! ? , ; ( )` but
    the point of a title or an initial, and a space or the end of the line follows the colon. The time that chat
    programs export before a speaker, as in `[18:05] Ann: hi`, is left out. A line without a speaker goes on with the
    turn above it; where no line has one, each line is a turn of its own. Empty lines do not count. A picture's file
    name in square brackets at the end of a turn, such as `Ann: look [cat.jpg]`, names its picture.
    """
    return tuple(_picture_apart(turn) for turn in _spoken_turns(text))


def _spoken_turns(text: str) -> list[Turn]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    named = [_named(line) for line in lines if line]
    if not any(speaker for speaker, _ in named):
        return [Turn(text=words) for _, words in named]
    turns: list[tuple[str | None, list[str]]] = []
    for speaker, words in named:
        if speaker or not turns:
            turns.append((speaker, [words]))
        else:
            turns[-1][1].append(words)
    return [Turn(speaker=speaker, text=" ".join(lines).strip()) for speaker, lines in turns]


def _picture_apart(turn: Turn) -> Turn:
    match = _PICTURE.match(turn.text)
    return turn if match is None else Turn(speaker=turn.speaker, text=match["text"], image_name=match["name"].strip())


def with_pictures(turns: Iterable[Turn], pictures: Mapping[str, ImageSource]) -> tuple[Turn, ...]:
    """The turns with the pictures that they name; a turn whose picture is not there says so.

    Args:
        turns: From `parse_dialogue` or `read_dialogues`.
        pictures: Name to picture, as the pipeline takes it.
    """
    found = []
    for turn in turns:
        if turn.image_name is None or turn.image is not None or turn.error is not None:
            found.append(turn)
        elif turn.image_name in pictures:
            found.append(dataclasses.replace(turn, image=pictures[turn.image_name]))
        else:
            problem = f"expected the picture {turn.image_name[:80]!r}, got none of this name"
            found.append(dataclasses.replace(turn, error=problem))
    return tuple(found)


def _named(line: str) -> tuple[str | None, str]:
    """Speaker and words of a line."""
    match = _NAMED.match(_STAMP.sub("", line, count=1))
    if match is None or len(match["speaker"]) > MAX_SPEAKER_LENGTH:
        return None, line
    if len(match["speaker"].split()) > MAX_SPEAKER_WORDS:
        return None, line
    return match["speaker"], match["text"] or ""


def read_dialogues(data: bytes, *, max_rows: int | None = None) -> dict[str, tuple[Turn, ...]]:
    """Dialogues of a CSV file in the manner of MELD, by their ids, in the order of the file.

    Columns: `Utterance`; `Speaker`, `Dialogue_ID`, `Utterance_ID` and `image`, the name of a picture, where there are
    some; capitals do not matter, `text` does for `Utterance`, and semicolons or tabs do for commas. Without
    `Dialogue_ID` there is one dialogue, `1`; with `Utterance_ID` its turns are put in that order.

    Args:
        data: The file.
        max_rows: Most rows of all dialogues together; None for any number.

    Raises:
        ConversationError: It is no such table, or has too many rows.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConversationError(f"the table: expected UTF-8, got the byte 0x{data[error.start]:02x}") from error
    file = StringIO(text, newline="")
    rows = csv.reader(file, delimiter=find_delimiter(file, ("utterance", "text")), strict=True)
    try:
        header = [_COLUMNS.get(name.strip().lower(), name.strip().lower()) for name in next(rows, [])]
        if "text" not in header:
            came = ", ".join(header)[:80] or "no header"
            raise ConversationError(f"the table: expected a column Utterance or text, got {came}")
        filled = ((rows.line_num, cells) for cells in rows if cells)
        numbered = list(filled if max_rows is None else islice(filled, max_rows + 1))
    except csv.Error as error:
        raise ConversationError(
            f"the table, line {rows.line_num}: expected a CSV row, got a broken one ({error})"
        ) from error
    if max_rows is not None and len(numbered) > max_rows:
        raise ConversationError(f"the table: expected at most {max_rows:,} rows, got more")
    dialogues: dict[str, list[tuple[int, Turn]]] = {}
    for place, (line, cells) in enumerate(numbered):
        name, order, turn = _read_turn(header, line, cells)
        dialogues.setdefault(name, []).append((place if order is None else order, turn))
    if not dialogues:
        raise ConversationError("the table: expected rows, got none")
    return {
        name: tuple(turn for _, turn in sorted(turns, key=lambda item: item[0])) for name, turns in dialogues.items()
    }


_COLUMNS = {"utterance": "text", "dialogue_id": "dialogue", "utterance_id": "order"}


def _read_turn(header: Sequence[str], line: int, cells: Sequence[str]) -> tuple[str, int | None, Turn]:
    """Dialogue, place in it, and the turn of a row."""
    row = dict(zip(header, cells, strict=False))
    dialogue, order = row.get("dialogue", "").strip() or "1", row.get("order", "").strip()
    speaker = " ".join(row.get("speaker", "").split()) or None
    problem = None
    if len(cells) != len(header):
        problem = f"line {line}: expected {len(header)} cells, got {len(cells)}"
    elif order and not (order.isdecimal() and len(order) <= MAX_ORDER_DIGITS):
        wanted = f"a whole number of at most {MAX_ORDER_DIGITS} digits"
        problem = f"line {line}: expected {wanted} as Utterance_ID, got {order[:40]!r}"
    if problem is not None:
        return dialogue, None, Turn(speaker=speaker, error=problem)
    image_name = row.get("image", "").strip() or None
    turn = Turn(speaker=speaker, text=" ".join(row["text"].split()), image_name=image_name)
    return dialogue, int(order) if order else None, turn


def as_turns(
    given: str | Iterable[Turn | Mapping[str, Any] | tuple[str | None, str]],
    pictures: Mapping[str, ImageSource] | None = None,
) -> tuple[Turn, ...]:
    """Turns from what a caller has: a dialogue as text, `Turn`s, mappings of their fields, or `(speaker, text)`.

    Args:
        given: The turns.
        pictures: Those that turns name.

    Raises:
        ConversationError: It is nothing of these, or there is no turn.
    """
    turns = parse_dialogue(given) if isinstance(given, str) else tuple(_as_turn(turn) for turn in given)
    if not turns:
        raise ConversationError("expected at least one turn, such as `Ann: hello`, got none")
    return with_pictures(turns, pictures or {})


def _as_turn(given: Turn | Mapping[str, Any] | tuple[str | None, str]) -> Turn:
    if isinstance(given, Turn):
        return given
    if isinstance(given, tuple) and len(given) == 2:
        given = {"speaker": given[0], "text": given[1]}
    if not isinstance(given, Mapping):
        raise ConversationError(f"expected a turn with {', '.join(TURN_KEYS)}, got {type(given).__name__}")
    for key in given:
        if key not in TURN_KEYS:
            raise ConversationError(f"unknown key {key!r} of a turn: expected {', '.join(TURN_KEYS)}")
    for key in ("speaker", "text", "image_name"):
        if not isinstance(given.get(key), str | None):
            return Turn(error=f"expected a string as {key}, got {type(given[key]).__name__}")
    return Turn(
        speaker=given.get("speaker") or None,
        text=given.get("text") or "",
        image=given.get("image"),
        image_name=given.get("image_name") or None,
    )
