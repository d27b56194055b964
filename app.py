"""The app: `python app.py` serves it, and a Hugging Face Space runs this file.

`MMEMO_MODEL` names a folder or Hub id in the place of the models that ship with the project; `GRADIO_SERVER_NAME` and
`GRADIO_SERVER_PORT` say where it listens. Uploads are deleted after ten minutes, and when the app stops.
"""

import os

from mmemo import MmemoPipeline
from mmemo.ui import build_demo, launch, serving

serving.use_own_upload_folder()
pipeline = MmemoPipeline.from_pretrained(os.environ.get("MMEMO_MODEL") or None)
demo = build_demo(pipeline)


def main() -> None:
    """Serve until stopped."""
    serving.exit_cleanly_when_terminated()
    serving.warm_up(pipeline)
    launch(demo, inbrowser=serving.browser_is_likely())


if __name__ == "__main__":
    main()
