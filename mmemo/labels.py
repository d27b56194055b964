"""Label sets, their order, and the names other sources use for them.

Conventions: every label tuple here is in the order of the logits of the task it belongs to; a saved model carries its
own copy in its config, and the two are compared by name, never by count. Emotion names follow FER2013's class folders.
"""

EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
SENTIMENTS: tuple[str, ...] = ("negative", "neutral", "positive")
MEME_EMOTIONS: tuple[str, ...] = ("happiness", "love", "anger", "sorrow", "fear", "hate", "surprise")
GOEMOTIONS: tuple[str, ...] = (
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
)

TASK_LABELS: dict[str, tuple[str, ...]] = {
    "hate": ("hateful",),
    "offensive": ("offensive",),
    "meme_emotion": MEME_EMOTIONS,
    "text_emotion": GOEMOTIONS,
    "sentiment": SENTIMENTS,
    "face_emotion": EMOTIONS,
    "emotion": EMOTIONS,
}
"""Labels of each of the project's tasks. A task with one label is a yes/no decision with a sigmoid."""

BINARY_TASKS: tuple[str, ...] = tuple(task for task, labels in TASK_LABELS.items() if len(labels) == 1)

GOEMOTIONS_TO_EMOTIONS: dict[str, str] = {
    **dict.fromkeys(("anger", "annoyance", "disapproval"), "angry"),
    "disgust": "disgust",
    **dict.fromkeys(("fear", "nervousness"), "fear"),
    **dict.fromkeys(
        (
            "admiration",
            "amusement",
            "approval",
            "caring",
            "desire",
            "excitement",
            "gratitude",
            "joy",
            "love",
            "optimism",
            "pride",
            "relief",
        ),
        "happy",
    ),
    "neutral": "neutral",
    **dict.fromkeys(("sadness", "disappointment", "embarrassment", "grief", "remorse"), "sad"),
    **dict.fromkeys(("surprise", "realization", "confusion", "curiosity"), "surprise"),
}
"""GoEmotions' own Ekman grouping (Demszky et al. 2020, table of the release), with FER2013's names."""

_EMOTION_ALIASES = {
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "scared": "fear",
    "afraid": "fear",
    "happiness": "happy",
    "joy": "happy",
    "joyful": "happy",
    "smile": "happy",
    "calm": "neutral",
    "sadness": "sad",
    "sorrow": "sad",
    "surprised": "surprise",
}

ALIASES: dict[str, dict[str, str]] = {
    "hate": {
        "hate": "hateful",
        "hate speech": "hateful",
        "hatespeech": "hateful",
        "nothate": "not hateful",
        "not hate": "not hateful",
        "non hate": "not hateful",
        "nonhate": "not hateful",
        "no hate": "not hateful",
        "non hateful": "not hateful",
        "normal": "not hateful",
    },
    "offensive": {
        "not offensive": "not offensive",
        "non offensive": "not offensive",
        "nonoffensive": "not offensive",
        "offense": "offensive",
    },
    "emotion": _EMOTION_ALIASES,
    "face_emotion": _EMOTION_ALIASES,
    "meme_emotion": {"joy": "happiness", "happy": "happiness", "angry": "anger", "sad": "sorrow", "sadness": "sorrow"},
    "text_emotion": {},
    "sentiment": {"neg": "negative", "neu": "neutral", "pos": "positive"},
}
"""Other names for a task's labels, lower case, words separated by single spaces."""


class UnknownLabelError(ValueError):
    """A label that the project cannot place; the message names it and what would have been accepted."""


def negative_label(label: str) -> str:
    """Name of the "no" side of a one-label task: `hateful` -> `not hateful`."""
    return f"not {label}"


def canonical_label(name: str, task: str) -> str:
    """Project label for a name another model or data set uses for it.

    Args:
        name: A label as the other source writes it; case, hyphens and underscores do not matter.
        task: One of `TASK_LABELS`.

    Returns:
        The project's label; for a one-label task possibly its negative, such as `not hateful`.

    Raises:
        UnknownLabelError: The task is not one of the project's, or the name is none of its labels or their aliases.
    """
    if task not in TASK_LABELS:
        raise UnknownLabelError(f"unknown task {task!r}: expected one of {', '.join(sorted(TASK_LABELS))}")
    labels = TASK_LABELS[task]
    accepted = labels if len(labels) > 1 else (labels[0], negative_label(labels[0]))
    plain = " ".join(name.lower().replace("_", " ").replace("-", " ").split())
    plain = ALIASES[task].get(plain, plain)
    if plain not in accepted:
        raise UnknownLabelError(
            f"unknown label {name!r} for task {task!r}: expected one of {', '.join(accepted)}"
            + (f", or an alias ({', '.join(sorted(ALIASES[task]))})" if ALIASES[task] else "")
        )
    return plain
