"""The app: `python app.py` serves it, and a Hugging Face Space runs this file.

`MMEMO_*` environment variables set models, limits and login (docs/app.md); `GRADIO_SERVER_NAME` and
`GRADIO_SERVER_PORT` say where it listens. Uploads are deleted within ten minutes, and when the app stops.
"""

import sys

from mmemo import MmemoPipeline
from mmemo.ui import Settings, SettingsError, build_demo, launch, serving

try:
    settings = Settings.from_environment()
except SettingsError as error:
    sys.exit(f"mmemo: error: {error}")
serving.use_own_upload_folder()
pipeline = MmemoPipeline.from_pretrained(**settings.model_options)
demo = build_demo(pipeline, settings)


def main() -> None:
    """Serve until stopped."""
    serving.exit_cleanly_when_terminated()
    serving.warm_up(pipeline)
    launch(demo, settings, inbrowser=serving.browser_is_likely())


if __name__ == "__main__":
    main()
