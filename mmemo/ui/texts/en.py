"""The words of the interface in English, and what every other language has to say too.

Conventions: names say where a text stands; braces are filled with `str.format`; nothing here is HTML. A language is a
subclass that gives each text again; a test compares names and braces.
"""

from collections.abc import Mapping, Sequence

from mmemo.explain.disagreement import are_clear
from mmemo.explain.wording import listing, percent, wording
from mmemo.perception import ImageError
from mmemo.results import Disagreement


class Texts:
    """The words, in English."""

    CODE = "en"
    """Of the language, as browsers write it."""
    NAME = "English"
    """Of the language, in itself."""

    TITLE = "mmemo"
    TAGLINE = "What a meme, a photo or a moment on camera expresses, and why."
    PRIVACY = (
        "Pictures and words are analysed on this server. Words are not kept, uploads are deleted within {minutes} min."
    )
    CAUTION = "Scores are a model’s estimates and can be wrong. They are no judgement of a person."

    LANGUAGE = "Language"
    MEME_TAB = "Meme"
    ABOUT_TAB = "About"
    LIVE_TAB = "Live"

    PICTURE = "Picture"
    PICTURE_ALT = "The picture to analyse"
    PICTURE_HINT = "Drop a picture, paste it, or click to choose one"
    WORDS = "Words"
    WORDS_INFO = "Leave empty to read them from the picture."
    WORDS_HINT = "Type what the meme says, or only a sentence"
    ANALYSE = "Analyse"
    EXAMPLES = "Or try one of these"
    EXAMPLE_NAME = "Example: {title}"

    EXAMPLE_TITLES: Mapping[str, str] = {
        "sun": "A good day",
        "smile": "A smile over angry words",
        "tears": "Tears",
        "surprise": "A surprise",
        "anger": "Anger over friendly words",
        "team": "Two faces",
        "family": "A family dinner",
        "rude": "Rude words",
        "cat": "A cat",
        "cloud": "A grumpy cloud",
        "chart": "A chart with words",
    }

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
    LABELS: Mapping[str, str] = {}
    """How labels and verdicts are called; those that are not here are called as they are."""
    READING = ""
    NO_CLEAR_EMOTION = ""
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
    WORDS_FOREIGN = "Seemingly not in English, which the models have learnt from: the scores may be wrong."
    FOREIGN_AMONG = (
        "Seemingly not in English, which the models have learnt from: {count} of {total}. Their scores may be wrong."
    )
    SENTIMENT = "Sentiment"
    TEXT_EMOTIONS = "Emotions"
    TEXT_EMOTIONS_PRESENT = "Emotions, ✓ counts as present"
    ALL_LABELS = "All {count}"
    PRESENT = "(counts as present)"

    MEME_EMOTION = "Whole meme"
    FACES_CARD = "Faces"
    NO_FACE = "No face was found."
    ONE_FACE = "One face was found."
    MANY_FACES = "{count} faces were found, the largest first."
    FACE_NUMBER = "Face {number}"
    FIGURE_ALT = "The analysed picture. {faces}"

    DISAGREEMENT = "Words against face"
    AGREE = "They agree"
    PARTLY_AGREE = "They agree in part"
    HARD_TO_COMPARE = "Hard to compare"
    DIFFER = "They differ"
    DISAGREE = "They disagree"
    DIVERGENCE = "Divergence {value} on a scale from 0, the same, to 1, nothing in common"

    PENDING = "Gathering the evidence …"
    FACES_HINT = "Press a face to see its emotions."
    MOVED_CARD = "What moved the scores"
    MOVED_NOTE = "Measured on the model itself: what a score owes to each part, each word and each place."
    MOVED_CHOICE = "Score to look into"
    MOVED_SCORE = "{label}: {score}. Without anything to judge, the model starts at {baseline}."
    MOVED_WORDS = "Words"
    WITHOUT_WORDS = "Without {words} the verdict would be: {verdict} ({probability})."
    POINTS = "{value} points"
    WORDS_RAISE = "Raised most by {words}."
    WORDS_LOWER = "Lowered most by {words}."
    WORDS_NEUTRAL = "No word stands out."
    MAP_ALT = "The picture with the places that raised the score."
    MAP_SHOW = "Show the heat map"
    MAP_PEAK = "The strongest place, marked with a ring, is at the {place}."
    MAP_FLAT = "No place in the picture raised this score."
    MAP_NONE = "This score was made without the picture."
    DETAIL = "How thorough the reasons are"
    TASKS: Mapping[str, str] = {
        "hate": "Hate",
        "offensive": "Offence",
        "meme_emotion": "Whole meme",
        "emotion": "Emotion",
        "text_emotion": "Words",
        "sentiment": "Sentiment",
        "face_emotion": "Face",
    }
    """Short names of the tasks."""
    SHARE_OF: Mapping[str, str] = {"text": "words", "image": "picture", "face": "face"}
    PLACES = (
        "upper left",
        "top",
        "upper right",
        "left",
        "centre",
        "right",
        "lower left",
        "bottom",
        "lower right",
    )
    DETAILS: Mapping[str, str] = {"fast": "Quick", "full": "Thorough"}

    JSON_CARD = "The whole result as JSON"
    JSON_LABEL = "Result"

    CAMERA = "Camera"
    LIVE_WORDS = "Words"
    LIVE_WORDS_INFO = "Weighed together with the face while the camera runs."
    LIVE_WORDS_HINT = "What is being said"
    LIVE_SETTINGS = "Smoothing, camera, mirror"
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

    TIMELINE = "The last minute"
    TIMELINE_EMPTY = "Emotions over time appear here once a face is in view."
    TIMELINE_NOTE = "The higher a band, the larger the share of its emotion."
    TIMELINE_ALT = "Shares over the last minute: {shares}."
    CAMERA_FACING = "Which camera"
    CAMERA_FRONT = "Front"
    CAMERA_REAR = "Rear"
    MIRROR = "Mirror the view"
    MIRROR_INFO = "Only on the screen; analysed is what the camera films."
    ABOUT_MEANS_CARD = "What the scores mean"
    ABOUT_NOT_CARD = "What they do not mean"
    ABOUT_FIGURES = "Measured figures"
    ABOUT_FIGURES_NOTE = "Of the two compact models that ship, on test splits that neither learnt from."
    ABOUT_VERDICTS = "Verdicts"
    ABOUT_VERDICTS_NOTE = (
        "How often “yes” and “no” are right where they are given, and in brackets their share of the items."
    )
    ABOUT_CODE = "From your own program"
    ABOUT_CODE_NOTE = "The result has the same keys everywhere. Snippets are run by the project’s tests as they stand."
    ABOUT_DATA = "Training data"
    ABOUT_DATA_NOTE = "None of it is part of the project."
    ABOUT_LIMITS = "Intended use and limits"
    ABOUT_LIMITS_NOTE = "From the models’ cards."
    ABOUT_SLICES = "Measured on parts of the test splits"
    ABOUT_LICENCE = "Licences"
    COPY = "Copy"
    COPIED = "Copied"
    TIMELINE_TICKS = (
        "a minute ago",
        "30 seconds",
        "now",
    )
    ABOUT_MEANS = (
        "Probabilities are calibrated on held-out data: of items that score 70 %, about 70 % should carry the label.",
        "How far off that is, stands in the column “ece” below.",
        "The hatched band around a threshold is where the model does not decide; a person should look.",
        "Words alone, a picture alone and a whole meme each have a threshold and a band of their own.",
        "An emotion score says how annotators would read an expression or a sentence.",
        "Words, faces and picture are judged apart and together, so that you see where they disagree.",
    )
    ABOUT_NOT = (
        "No score knows context, speaker or intent. Quotes, irony and reclaimed words are often misread.",
        "An expression is not a feeling: nobody’s inner state is measured.",
        "Words of groups that the data show seldom, or only in hateful company, raise false alarms.",
        "Not for deciding about people at work, at school, at borders or in health care.",
    )
    ABOUT_LICENCES = (
        "Code and weights: Apache-2.0.",
        "The weights start from all-MiniLM-L6-v2 and EfficientNet-Lite0, both Apache-2.0.",
        "The face detector is CenterFace, MIT. The example pictures are drawn by the project.",
    )

    NOTHING_GIVEN = "Give a picture, words, or both."
    PICTURE_REFUSED = "This picture cannot be used: {reason}."
    PICTURE_REASONS: Mapping[str, str] = {}
    """Why a picture is refused, by `ImageError.code`; what is not here is said as the error says it."""
    REQUEST_REFUSED = "This cannot be analysed: {reason}."
    WRONG_TEXT = "text must be a string or null"
    ERROR_TITLE = "That did not work"

    CONVERSATION_TAB = "Conversation"
    BATCH_TAB = "Batch"

    DIALOGUE = "Dialogue"
    DIALOGUE_INFO = (
        "A line for each turn: speaker, colon, words. A line without a speaker goes on with the turn above. "
        "A picture’s name in square brackets at the end adds the picture."
    )
    DIALOGUE_HINT = "Ann: I got the job!\nBen: That is wonderful!"
    TRY_DIALOGUE = "Try an example"
    EXAMPLE_DIALOGUE = (
        "Mia: I got the job! I can’t believe it!\n"
        "Jon: That is wonderful, congratulations!\n"
        "Mia: There is one thing. I have to move to Oslo.\n"
        "Jon: Oslo? When were you going to tell me?\n"
        "Mia: I was afraid you would be angry.\n"
        "Jon: I am angry. You decided this without me.\n"
        "Mia: I am so sorry. I don’t want to lose you.\n"
        "Jon: I will miss you terribly. But I am proud of you."
    )
    TALK_FILES = "A table instead, or pictures"
    TALK_TABLE = "Table in the manner of MELD (.csv)"
    TALK_CHOICE = "Dialogue of the table"
    TALK_PICTURES = "Pictures that turns name"
    TALK_WAITING_TITLE = "The course of the conversation appears here"
    TALK_WAITING_STEPS = (
        "Paste a dialogue or upload a table.",
        "Press Analyse.",
        "Read the emotion of each turn and how the mood moves.",
    )
    NO_DIALOGUE = "Give a dialogue or a table"
    ARC = "How the mood moves"
    ARC_NOTE = "Each turn from unpleasant (angry, disgust, fear, sad) to pleasant (happy)"
    ARC_ALT = (
        "Mood over {count} turns, from −1, unpleasant, to +1, pleasant: it begins at {first} and ends at {last}; "
        "the lowest is {low} in turn {low_turn}, the highest {high} in turn {high_turn}."
    )
    ARC_EMPTY = "No turn has an emotion."
    PLEASANT = "pleasant"
    UNPLEASANT = "unpleasant"
    SPEAKERS = "Speakers"
    NO_SPEAKER = "Without a name"
    ONE_TURN = "One turn."
    MANY_TURNS = "{count} turns."
    MEAN_VALENCE = "Mood on average {value}."
    TURNS = "Turn by turn"
    NOT_ANALYSED = "Not analysed: {reason}"
    NO_EMOTION = "no emotion"
    WITH_FACE = "words and face"

    BATCH_ARCHIVE = "ZIP file of pictures"
    BATCH_TABLE = "Table (.csv, .jsonl)"
    BATCH_WAITING_TITLE = "The results appear here"
    BATCH_WAITING_STEPS = (
        "Upload a ZIP file of pictures, a table with columns image, text, or both; or the two together.",
        "Press Analyse. Words are read from pictures where the table gives none.",
        "Sort and filter the results, and take them away as a file.",
    )
    BATCH_LIMITS = (
        "At most {files} pictures or rows, {upload} MB for each upload, {unpacked} MB unpacked, "
        "{pixels} pixels a picture."
    )
    NO_BATCH = "Give a ZIP file of pictures, a table, or both"
    BATCH_PROGRESS = "{done} of {total} done"
    BATCH_DONE = "{total} items: {good} analysed, {bad} not."
    BATCH_LEFT_OUT = "Pictures of the archive that the table does not name were left out: {count}."
    BATCH_RESULT = "Results"
    BATCH_FAILED = "Not analysed, and why"
    DOWNLOAD_CSV = "Download CSV"
    DOWNLOAD_JSONL = "Download JSON lines"
    COLUMN_NUMBER = "No."
    VERDICT_OF = "Verdict: {label}"
    ANY_VERDICT = "Any"
    ROWS_SHOWN = "{shown} of {total} shown"
    TABLE_CAPTION = "A row for each item that was analysed. The buttons in the heads sort by their column."

    TOO_SLOW = "This took longer than {seconds} seconds and was stopped"
    WRONG_FILE = "{name} must be an uploaded file or null"
    UPLOAD_GONE = "the upload is no longer there, please give it again"
    THOUSANDS = ","
    """What parts the digits of large numbers."""

    def label(self, label: str) -> str:
        """How a label or a verdict is called."""
        return self.LABELS.get(label, label)

    def picture_reason(self, error: ImageError) -> str:
        """Why a picture is refused."""
        if error.code is None or error.code not in self.PICTURE_REASONS:
            return str(error)
        limit = "" if error.limit is None else f"{error.limit:,}".replace(",", self.THOUSANDS)
        return self.PICTURE_REASONS[error.code].format(limit=limit)

    def percent(self, probability: float) -> str:
        """A probability for people: whole percents, never claiming 0 % or 100 %."""
        return percent(probability, self.CODE)

    def decimal(self, value: float) -> str:
        """A number with two decimals."""
        return wording(self.CODE).decimal(value)

    def quoted(self, words: Sequence[str]) -> str:
        """Words of a meme in quotation marks, as a list."""
        return listing([wording(self.CODE).quote(word) for word in words], self.CODE)

    def reading(self, found: Disagreement) -> str:
        """What face and words express, next to each other."""
        face = self.label(found.face)
        words = self.label(found.words) if are_clear(found.words_scores) else self.NO_CLEAR_EMOTION
        return self.READING.format(face=face, words=words) if self.READING else found.reading
