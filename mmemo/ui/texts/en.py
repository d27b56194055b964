"""The words of the interface in English, and what every other language has to say too.

Conventions: names say where a text stands; braces are filled with `str.format`; nothing here is HTML. A language is a
subclass that gives each text again; a test compares names and braces.
"""

from collections.abc import Mapping

from mmemo.results import Disagreement


class Texts:
    """The words, in English."""

    CODE = "en"
    """Of the language, as browsers write it."""
    NAME = "English"
    """Of the language, in itself."""

    TITLE = "mmemo"
    TAGLINE = "What a meme, a photo or a moment on camera expresses, and why."
    PRIVACY = "Pictures and words are analysed on this server and not kept."
    CAUTION = "Scores are a model’s estimates and can be wrong. They are no judgement of a person."

    LANGUAGE = "Language"
    MEME_TAB = "Meme"
    LIVE_TAB = "Live"

    PICTURE = "Picture"
    PICTURE_ALT = "The picture to analyse"
    WORDS = "Words"
    WORDS_INFO = "Leave empty to read them from the picture."
    WORDS_HINT = "Type what the meme says, or only a sentence"
    ANALYSE = "Analyse"
    EXAMPLES = "Or try one of these"
    EXAMPLE_NAME = "Example: {title}"

    WAITING_TITLE = "The answer appears here"
    WAITING_STEPS = (
        "Give a picture, words, or both.",
        "Press Analyse.",
        "Read whether it is hateful, which emotions it carries, and why.",
    )

    VERDICT_REGION = "Verdicts"
    PROBABILITY_OF = "probability of {label}"
    SCALE = "{probability} on a scale from 0 to 100 %. {rule}"
    RULE = "{label} from {threshold} on."
    RULE_BAND = "{label} from {threshold} on. Hatched, {low} to {high}: uncertain."
    SCALE_THRESHOLD = "{threshold} threshold"
    UNCERTAIN = "Uncertain: {label}?"
    NOUNS: Mapping[str, str] = {"hateful": "hate", "offensive": "offence"}
    """What a verdict's label is the probability of."""
    UNDER = "under {share}"
    OVER = "over {share}"
    LABELS: Mapping[str, str] = {}
    """How labels and verdicts are called; those that are not here are called as they are."""
    READING = ""
    """Words against face, such as `{face} face, {words} words`; empty for the result's own reading."""

    EXPLANATION = "Why"
    EMOTION = "Emotion"
    EMOTION_MADE_FROM = "From {parts} together"
    EMOTION_MADE_FROM_ONE = "From {parts} alone"
    PARTS: Mapping[str, str] = {"text": "the words", "face": "the face", "image": "the picture"}
    AND = " and "

    WORDS_CARD = "What the words carry"
    WORDS_READ = "Read from the picture"
    WORDS_GIVEN = "As given"
    WORDS_CUT = "Too long for the model: only the beginning was read."
    SENTIMENT = "Sentiment"
    TEXT_EMOTIONS = "Emotions"
    TEXT_EMOTIONS_PRESENT = "Emotions, ✓ counts as present"
    ALL_LABELS = "All {count}"
    PRESENT = "(counts as present)"

    MEME_EMOTION = "The meme as a whole"
    FACES_CARD = "Faces"
    NO_FACE = "No face was found."
    ONE_FACE = "One face was found."
    MANY_FACES = "{count} faces were found, the largest first."
    FACE_NUMBER = "Face {number}"
    FIGURE_ALT = "The analysed picture. {faces}"

    DISAGREEMENT = "Words against face"
    AGREE = "They agree"
    PARTLY_AGREE = "They agree in part"
    DISAGREE = "They disagree"
    DIVERGENCE = "Divergence {value} on a scale from 0, the same, to 1, nothing in common"

    JSON_CARD = "The whole result as JSON"
    JSON_LABEL = "Result"

    CAMERA = "Camera"
    LIVE_WORDS = "Words"
    LIVE_WORDS_INFO = "Weighed together with the face while the camera runs."
    LIVE_WORDS_HINT = "What is being said"
    HALF_LIFE = "Half-life in seconds"
    HALF_LIFE_INFO = "After this time an older look counts half. 0 shows every frame as it is."
    LIVE_WAITING_TITLE = "Nothing to see yet"
    LIVE_WAITING_STEPS = (
        "Allow the camera and press Record.",
        "Type words to weigh them in.",
        "Stop at any time; frames are not stored.",
    )
    LIVE_FIGURE_ALT = "The last frame. {faces}"
    LIVE_NO_EMOTION = "Waiting for a face in view."
    LIVE_RATE = "{rate} frames a second"
    LIVE_STARTING = "Starting"

    NOTHING_GIVEN = "Give a picture, words, or both."
    PICTURE_REFUSED = "This picture cannot be used: {reason}."
    REQUEST_REFUSED = "This cannot be analysed: {reason}."
    WRONG_TEXT = "text must be a string or null"
    WRONG_PICTURE = "image must be an uploaded file or null"
    PICTURE_GONE = "the upload is no longer there, please give it again"
    ERROR_TITLE = "That did not work"

    def label(self, label: str) -> str:
        """How a label or a verdict is called."""
        return self.LABELS.get(label, label)

    def percent(self, probability: float) -> str:
        """A probability for people: whole percents, never claiming 0 % or 100 %."""
        if probability < 0.01:
            return self.UNDER.format(share="1 %")
        return self.OVER.format(share="99 %") if probability > 0.99 else f"{probability * 100:.0f} %"

    def reading(self, found: Disagreement) -> str:
        """What face and words express, next to each other."""
        face, words = self.label(found.face), self.label(found.words)
        return self.READING.format(face=face, words=words) if self.READING else found.reading
