"""mmemo: what a meme, a photo or a webcam frame and its words express, and why.

Exports `MmemoPipeline`, the models `MmemoConfig`, `MmemoModel`, `MmemoProcessor`, the results `Analysis`,
`AnalysisFailure`, `Conversation` and their parts, `Turn`, and the errors `ConversationError`, `ImageError` and
`ModelError`. Importing is light: torch and transformers come in when a name that needs them is first used. Once both
mmemo and transformers are imported, `AutoConfig`, `AutoModel` and `AutoProcessor` know mmemo's classes.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mmemo.registration import register_when_imported
from mmemo.results import Analysis, AnalysisFailure

if TYPE_CHECKING:
    from mmemo.conversation import Conversation, ConversationError, Turn
    from mmemo.models import MmemoConfig, MmemoModel, MmemoProcessor
    from mmemo.perception import ImageError
    from mmemo.pipeline import MmemoPipeline
    from mmemo.repository import ModelError

__version__ = "0.1.0"

_LAZY = {
    "Conversation": "mmemo.conversation",
    "ConversationError": "mmemo.conversation",
    "ImageError": "mmemo.perception",
    "MmemoConfig": "mmemo.models",
    "MmemoModel": "mmemo.models",
    "MmemoPipeline": "mmemo.pipeline",
    "MmemoProcessor": "mmemo.models",
    "ModelError": "mmemo.repository",
    "Turn": "mmemo.conversation",
}

__all__ = [
    "Analysis",
    "AnalysisFailure",
    "Conversation",
    "ConversationError",
    "ImageError",
    "MmemoConfig",
    "MmemoModel",
    "MmemoPipeline",
    "MmemoProcessor",
    "ModelError",
    "Turn",
]


def __getattr__(name: str) -> object:
    """Import a public name at its first use (PEP 562)."""
    if name not in _LAZY:
        raise AttributeError(f"module 'mmemo' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    """Public names, the lazy ones included."""
    return sorted(__all__)


register_when_imported()
