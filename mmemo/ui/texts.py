"""All words of the interface, in English.

Conventions: names say where a text stands; braces are filled with `str.format`; nothing here is HTML.
"""

from typing import Final

TITLE: Final = "mmemo"
TAGLINE: Final = "What a meme, a photo or a moment on camera expresses, and why."
PRIVACY: Final = "Pictures and words are analysed on this server and not kept."
CAUTION: Final = "Scores are a model’s estimates and can be wrong. They are no judgement of a person."

MEME_TAB: Final = "Meme"
LIVE_TAB: Final = "Live"

PICTURE: Final = "Picture"
PICTURE_ALT: Final = "The picture to analyse"
WORDS: Final = "Words"
WORDS_INFO: Final = "Leave empty to read them from the picture."
WORDS_HINT: Final = "Type what the meme says, or only a sentence"
ANALYSE: Final = "Analyse"
EXAMPLES: Final = "Or try one of these"
EXAMPLE_NAME: Final = "Example: {title}"

WAITING_TITLE: Final = "The answer appears here"
WAITING_STEPS: Final = (
    "Give a picture, words, or both.",
    "Press Analyse.",
    "Read whether it is hateful, which emotions it carries, and why.",
)

VERDICT_REGION: Final = "Verdicts"
PROBABILITY_OF: Final = "probability of {label}"
SCALE: Final = "{probability} on a scale from 0 to 100 %. {rule}"
RULE: Final = "{label} from {threshold} on."
RULE_BAND: Final = "{label} from {threshold} on. Hatched, {low} to {high}: uncertain."
SCALE_THRESHOLD: Final = "{threshold} threshold"
UNCERTAIN: Final = "Uncertain: {label}?"
NOUNS: Final = {"hateful": "hate", "offensive": "offence"}
"""What a verdict's label is the probability of."""

EXPLANATION: Final = "Why"
EMOTION: Final = "Emotion"
EMOTION_MADE_FROM: Final = "From {parts} together"
EMOTION_MADE_FROM_ONE: Final = "From {parts} alone"
PARTS: Final = {"text": "the words", "face": "the face", "image": "the picture"}
AND: Final = " and "

WORDS_CARD: Final = "What the words carry"
WORDS_READ: Final = "Read from the picture"
WORDS_GIVEN: Final = "As given"
WORDS_CUT: Final = "Too long for the model: only the beginning was read."
SENTIMENT: Final = "Sentiment"
TEXT_EMOTIONS: Final = "Emotions"
TEXT_EMOTIONS_PRESENT: Final = "Emotions, ✓ counts as present"
ALL_LABELS: Final = "All {count}"
PRESENT: Final = "(counts as present)"

MEME_EMOTION: Final = "The meme as a whole"
FACES_CARD: Final = "Faces"
NO_FACE: Final = "No face was found."
ONE_FACE: Final = "One face was found."
MANY_FACES: Final = "{count} faces were found, the largest first."
FACE_NUMBER: Final = "Face {number}"
FIGURE_ALT: Final = "The analysed picture. {faces}"

DISAGREEMENT: Final = "Words against face"
AGREE: Final = "They agree"
PARTLY_AGREE: Final = "They agree in part"
DISAGREE: Final = "They disagree"
DIVERGENCE: Final = "Divergence {value} on a scale from 0, the same, to 1, nothing in common"

JSON_CARD: Final = "The whole result as JSON"
JSON_LABEL: Final = "Result"

CAMERA: Final = "Camera"
LIVE_WORDS: Final = "Words"
LIVE_WORDS_INFO: Final = "Weighed together with the face while the camera runs."
LIVE_WORDS_HINT: Final = "What is being said"
HALF_LIFE: Final = "Half-life in seconds"
HALF_LIFE_INFO: Final = "After this time an older look counts half. 0 shows every frame as it is."
LIVE_WAITING_TITLE: Final = "Nothing to see yet"
LIVE_WAITING_STEPS: Final = (
    "Allow the camera and press Record.",
    "Type words to weigh them in.",
    "Stop at any time; frames are not stored.",
)
LIVE_FIGURE_ALT: Final = "The last frame. {faces}"
LIVE_NO_EMOTION: Final = "Waiting for a face in view."
LIVE_RATE: Final = "{rate} frames a second"
LIVE_STARTING: Final = "Starting"

NOTHING_GIVEN: Final = "Give a picture, words, or both."
PICTURE_REFUSED: Final = "This picture cannot be used: {reason}."
REQUEST_REFUSED: Final = "This cannot be analysed: {reason}."
WRONG_TEXT: Final = "text must be a string or null"
WRONG_PICTURE: Final = "image must be an uploaded file or null"
PICTURE_GONE: Final = "the upload is no longer there, please give it again"
ERROR_TITLE: Final = "That did not work"
