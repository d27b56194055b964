"""Whether saved checkpoints load with the oldest and the newest timm and transformers that `requirements.txt` allows.

`python -m benchmarks.compatibility` makes one virtual environment for each pair of versions, which sees the packages
that are installed here and has the other timm or transformers in front of them, loads the compact pair in it, and
compares its logits with those of the present versions. The result is `compatibility.md`. Needs the package index.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import venv
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.version import Version

HERE = Path(__file__).parent
ROOT = HERE.parent
CHECKPOINTS = ROOT / "mmemo" / "checkpoints"
PACKAGES = ("timm", "transformers")
TOLERANCE = 1e-4

PROBE = """
import json, sys
from importlib.metadata import version
from pathlib import Path
import torch
from PIL import Image
from mmemo import MmemoModel, MmemoProcessor

result = {"versions": {name: version(name) for name in ("timm", "transformers")}, "logits": {}}
picture = Image.open(sys.argv[2]).convert("RGB")
for folder in sorted(Path(sys.argv[1]).iterdir()):
    model, info = MmemoModel.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert not any(info.values()), info
    processor = MmemoProcessor.from_pretrained(folder)
    given = {"text": ["what a day", "I am furious"]}
    given |= {"images": [picture] * 2} if "image" in model.encoders else {"faces": [picture] * 2}
    with torch.inference_mode():
        logits = model.eval()(**processor(**given)).logits
    result["logits"][folder.name] = {task: values.flatten().tolist() for task, values in logits.items()}
print(json.dumps(result))
"""


def allowed(package: str) -> list[str]:
    """Versions that the index has and the requirements allow, the oldest first."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (requirement,) = (Requirement(line) for line in lines if line.startswith(f"{package}>"))
    command = [sys.executable, "-m", "pip", "index", "versions", package]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (listed,) = (line.partition(":")[2] for line in printed.splitlines() if line.startswith("Available versions:"))
    versions = (Version(found.strip()) for found in listed.split(","))
    return [str(found) for found in sorted(versions) if requirement.specifier.contains(found)]


def probe(python: Path | str) -> dict:
    """Versions and logits that an interpreter gives for the compact pair."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    picture = ROOT / "mmemo" / "ui" / "examples" / "smile.jpg"
    command = [str(python), "-c", PROBE, str(CHECKPOINTS), str(picture)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def probe_with(versions: dict[str, str], folder: Path) -> dict:
    """The same in an environment where these versions stand in front of what is installed here."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    pinned = [f"{name}=={number}" for name, number in versions.items()]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(packages), *pinned]
    subprocess.run(command, check=True)
    shared = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "shared.pth").write_text("\n".join(shared), encoding="utf-8")
    return probe(folder / "bin" / "python")


def largest_difference(found: dict, expected: dict) -> float:
    """Largest difference of a logit of any model and task."""
    return max(
        abs(a - b)
        for model, tasks in expected["logits"].items()
        for task, values in tasks.items()
        for a, b in zip(found["logits"][model][task], values, strict=True)
    )


def row(versions: dict[str, str], expected: dict) -> tuple[str, bool]:
    """A line of the table, and whether the checkpoints loaded and agreed."""
    names = " | ".join(versions[package] for package in PACKAGES)
    with TemporaryDirectory(prefix="mmemo-compatibility-") as folder:
        try:
            found = probe_with(versions, Path(folder))
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or str(error)).strip().splitlines()[-1]
            return f"| {names} | fails: {reason} | |", False
    assert found["versions"] == versions, f"expected {versions}, the environment has {found['versions']}"
    difference = largest_difference(found, expected)
    return f"| {names} | loads | {difference:.1e} |", difference <= TOLERANCE


def main() -> int:
    """Run from the command line; gives the exit code."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    ranges = {package: allowed(package) for package in PACKAGES}
    pairs = {tuple(ranges[package][index] for package in PACKAGES) for index in (0, -1)}
    pairs |= {(ranges["timm"][0], ranges["transformers"][-1]), (ranges["timm"][-1], ranges["transformers"][0])}
    expected = probe(sys.executable)
    results = [row(dict(zip(PACKAGES, pair, strict=True)), expected) for pair in sorted(pairs)]
    lines = [
        "# Compatibility",
        "",
        "Checkpoints of the compact pair, saved once, loaded with the oldest and newest versions that the ranges of",
        "`requirements.txt` allow, every other package being the one that is installed. Difference: the largest of any",
        f"logit, float32, from timm {expected['versions']['timm']} and transformers "
        f"{expected['versions']['transformers']}; up to {TOLERANCE:.0e} counts as the same.",
        "",
        "| timm | transformers | checkpoints | difference |",
        "|---|---|---|---|",
        *(line for line, _ in results),
        "",
        f"`python -m benchmarks.compatibility`, Python {platform.python_version()}, torch {version('torch')}, "
        f"{datetime.now(UTC).date().isoformat()}.",
    ]
    (HERE / "compatibility.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0 if all(agrees for _, agrees in results) else 1


if __name__ == "__main__":
    sys.exit(main())
