"""The Gradio app: its pages, their look, and how they are served.

Exports `build_demo`, which makes the Blocks around a pipeline, `launch`, which serves them within limits, and
`Settings` with `SettingsError`, which are read from the environment.
"""

from mmemo.ui.blocks import build_demo
from mmemo.ui.serving import launch
from mmemo.ui.settings import Settings, SettingsError

__all__ = ["Settings", "SettingsError", "build_demo", "launch"]
