"""The Gradio app: its pages, their look, and how they are served.

Exports `build_demo`, which makes the Blocks around a pipeline, and `launch`, which serves them within limits.
"""

from mmemo.ui.blocks import build_demo
from mmemo.ui.serving import launch

__all__ = ["build_demo", "launch"]
