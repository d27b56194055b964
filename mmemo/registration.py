"""Tells transformers' Auto classes of mmemo's, without importing transformers for those who do not use it.

Post-import hooks (PEP 369, by wrapt) on both sides: when one of transformers' Auto modules has been imported, so is
the file of mmemo's that belongs to it; when that file has been imported, its class is registered. Whichever comes
first, neither is ever asked for while it is half imported.
"""

import sys
from importlib import import_module
from types import ModuleType

import wrapt


def _register_config(module: ModuleType) -> None:
    from transformers import AutoConfig

    AutoConfig.register(module.MmemoConfig.model_type, module.MmemoConfig, exist_ok=True)


def _register_model(module: ModuleType) -> None:
    from transformers import AutoModel

    AutoModel.register(module.MmemoConfig, module.MmemoModel, exist_ok=True)


def _register_processor(module: ModuleType) -> None:
    from transformers import AutoProcessor

    from mmemo.models.configuration_mmemo import MmemoConfig

    AutoProcessor.register(MmemoConfig, module.MmemoProcessor, exist_ok=True)


_HOOKS = (
    ("configuration", _register_config),
    ("modeling", _register_model),
    ("processing", _register_processor),
)


def register_when_imported() -> None:
    """Register the classes with `AutoConfig`, `AutoModel` and `AutoProcessor` as soon as each of these is imported."""
    for kind, register in _HOOKS:
        ours = f"mmemo.models.{kind}_mmemo"

        def import_ours(_: ModuleType, name: str = ours) -> None:
            if name not in sys.modules:
                import_module(name)

        wrapt.register_post_import_hook(register, ours)
        wrapt.register_post_import_hook(import_ours, f"transformers.models.auto.{kind}_auto")
