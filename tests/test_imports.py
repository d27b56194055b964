"""Imports run one way, shipped model files stay portable, and importing mmemo stays cheap.

Conventions: a unit is a module or package straight under mmemo, `mmemo` itself for its `__init__`, `app` or `hub`.
Every import statement counts, those inside functions and under TYPE_CHECKING too.
"""

import ast
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

_CORE = {"devices", "labels", "results", "models", "perception"}
_LIBRARY = _CORE | {"explain", "repository", "publishing", "engines", "conversation", "pipeline"}
MAY_IMPORT: dict[str, set[str]] = {
    "devices": set(),
    "lanes": set(),
    "tables": set(),
    "labels": set(),
    "results": {"labels"},
    "models": {"labels", "results"},
    "registration": {"models"},
    "perception": _CORE,
    "explain": _CORE,
    "repository": {"labels"},
    "publishing": {"repository"},
    "folding": {"models"},
    "engines": _CORE | {"explain", "folding", "repository"},
    "conversation": _CORE | {"tables"},
    "pipeline": _CORE | {"explain", "repository", "publishing", "engines", "lanes", "conversation"},
    "batch": _LIBRARY | {"tables"},
    "data": _CORE,
    "training": _CORE | {"data"},
    "mmemo": _LIBRARY | {"registration"},
    "ui": _LIBRARY | {"mmemo", "batch"},
    "cli": _LIBRARY | {"mmemo", "batch", "ui", "data", "training"},
    "__main__": {"cli"},
    "app": _LIBRARY | {"mmemo", "ui", "cli"},
    "hub": _LIBRARY | {"mmemo", "ui", "cli", "data", "training"},
}
"""Unit -> units it may import, besides itself: the order of the design."""

SHIPPED_MAY_IMPORT = {"torch", "transformers", "huggingface_hub", "numpy", "PIL", "safetensors"}
UNSAFE_MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
UNSAFE_CALLS = {"eval", "exec"}
UNSAFE_ARGUMENTS = {"trust_remote_code", "allow_pickle"}
SLOW_MODULES = {"torch", "torchvision", "timm", "transformers", "gradio", "cv2", "onnxruntime", "matplotlib", "pandas"}
MAX_IMPORT_S = 1.0

Sources = Mapping[str, str]
"""Path from the repository's root, with slashes -> source code."""


def read_sources(root: Path) -> dict[str, str]:
    paths = [root / "app.py", *(root / "mmemo").rglob("*.py"), *(root / "hub").rglob("*.py")]
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in sorted(paths) if path.is_file()}


def module_name(path: str) -> str:
    """`mmemo/models/fusion.py` -> `mmemo.models.fusion`; a package's `__init__.py` -> the package."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def unit_of(module: str) -> str:
    """`mmemo.models.fusion` -> `models`, `mmemo` -> `mmemo`, `hub.cards` -> `hub`."""
    first, *rest = module.split(".")
    return rest[0] if first == "mmemo" and rest else first


def imported_names(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of all that a file imports; `from a import b` gives `a.b`."""
    package = module_name(path).split(".")
    if not path.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


def imported_modules(sources: Sources) -> Iterator[tuple[str, int, str]]:
    """Path, line and name of each of the project's own modules that a file of the project imports."""
    modules = {module_name(path) for path in sources}
    for path, source in sources.items():
        for line, name in imported_names(path, source):
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules:
                yield path, line, target
            elif name.split(".")[0] in ("app", "hub", "mmemo"):
                yield path, line, name


def direction_errors(sources: Sources) -> list[str]:
    """Imports against the order, and units that have no place in it."""
    errors = [
        f"{path}: unit {unit_of(module_name(path))!r} is not in MAY_IMPORT"
        for path in sources
        if unit_of(module_name(path)) not in MAY_IMPORT
    ]
    for path, line, target in imported_modules(sources):
        unit, used = unit_of(module_name(path)), unit_of(target)
        if used != unit and used not in MAY_IMPORT.get(unit, {used}):
            errors.append(f"{path}:{line}: {unit} imports {used} ({target})")
    return list(dict.fromkeys(errors))


def circle(sources: Sources) -> list[str]:
    """Modules of one import circle, or nothing."""
    graph: dict[str, set[str]] = {}
    for path, _, target in imported_modules(sources):
        if target != module_name(path):
            graph.setdefault(module_name(path), set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def shipping_errors(sources: Sources) -> list[str]:
    """What the Hub's code loader would not follow, or a reader of the model may not have installed."""
    errors = []
    for path, source in sources.items():
        if not path.startswith("mmemo/models/"):
            continue
        if path.count("/") > 2:
            errors.append(f"{path}: files of mmemo/models stand flat")
        for node in ast.walk(ast.parse(source, path)):
            if isinstance(node, ast.ImportFrom) and node.level:
                if node.level > 1 or not node.module or "." in node.module:
                    errors.append(f"{path}:{node.lineno}: write `from .name import ...`")
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                roots = {name.split(".")[0] for name in names} - SHIPPED_MAY_IMPORT - sys.stdlib_module_names
                errors += [f"{path}:{node.lineno}: imports {root}" for root in sorted(roots)]
    return errors


def safety_errors(sources: Sources) -> list[str]:
    """Unpickling, evaluated strings, and code from a Hub run without asking."""
    errors = []
    for path, source in sources.items():
        for line, name in imported_names(path, source):
            if name.split(".")[0] in UNSAFE_MODULES:
                errors.append(f"{path}:{line}: imports {name.split('.')[0]}")
        for node in ast.walk(ast.parse(source, path)):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS:
                errors.append(f"{path}:{node.lineno}: calls {node.func.id}")
            for keyword in node.keywords:
                on = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                if keyword.arg in UNSAFE_ARGUMENTS and on:
                    errors.append(f"{path}:{node.lineno}: passes {keyword.arg}=True")
    return errors


@pytest.fixture(scope="module")
def sources(repository) -> dict[str, str]:
    return read_sources(repository)


def test_sources_are_found(sources):
    assert {unit_of(module_name(path)) for path in sources} >= {"labels", "results", "models"}


def test_imports_run_one_way(sources):
    assert direction_errors(sources) == []


def test_imports_make_no_circle(sources):
    assert circle(sources) == []


def test_model_files_import_only_what_ships(sources):
    assert shipping_errors(sources) == []


def test_code_is_free_of_unsafe_loading(sources):
    assert safety_errors(sources) == []


@pytest.mark.parametrize(
    ("path", "source", "error"),
    [
        ("mmemo/labels.py", "from mmemo.results import Scores", "labels imports results"),
        ("mmemo/labels.py", "def f():\n    from .pipeline import x", "mmemo/labels.py:2: labels imports pipeline"),
        ("mmemo/models/bad.py", "import mmemo.perception.faces", "models imports perception"),
        ("mmemo/perception/bad.py", "from ..explain import shapley", "perception imports explain"),
        ("mmemo/explain/bad.py", "from mmemo import pipeline", "explain imports pipeline"),
        ("mmemo/pipeline.py", "from mmemo import MmemoPipeline", "pipeline imports mmemo"),
        ("mmemo/pipeline.py", "from mmemo.training import metrics", "pipeline imports training"),
        ("mmemo/data/bad.py", "from mmemo.training import metrics", "data imports training"),
        ("mmemo/ui/bad.py", "from mmemo.data import meld", "ui imports data"),
        ("mmemo/cli.py", "import hub.push", "cli imports hub"),
        ("mmemo/cli.py", "import app", "cli imports app"),
        ("mmemo/helpers.py", "", "unit 'helpers' is not in MAY_IMPORT"),
    ],
)
def test_direction_errors_names_bad_import(path, source, error):
    (found,) = direction_errors({"mmemo/__init__.py": "", "mmemo/pipeline.py": "", path: source})
    assert error in found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "mmemo/pipeline.py",
            "from mmemo.models import fusion\nfrom mmemo.explain import shapley\nimport torch",
        ),
        (
            "mmemo/cli.py",
            "from mmemo import X\nfrom mmemo.training import train\nfrom mmemo.ui import blocks",
        ),
        ("mmemo/training/train.py", "from mmemo.data import meld\nfrom .losses import focal"),
        ("app.py", "from mmemo import MmemoPipeline\nfrom mmemo.ui.blocks import build"),
        ("hub/export.py", "from mmemo.training.metrics import measure\nfrom hub.cards import card"),
    ],
)
def test_direction_errors_accepts_good_import(path, source):
    assert direction_errors({"mmemo/__init__.py": "", path: source}) == []


def test_circle_names_its_modules():
    sources = {
        "mmemo/models/__init__.py": "",
        "mmemo/models/a.py": "from .b import B",
        "mmemo/models/b.py": "def f():\n    from .c import C",
        "mmemo/models/c.py": "from mmemo.models.a import A",
    }
    assert set(circle(sources)) == {"mmemo.models.a", "mmemo.models.b", "mmemo.models.c"}
    assert circle(sources | {"mmemo/models/c.py": ""}) == []


@pytest.mark.parametrize(
    ("path", "source", "error"),
    [
        ("mmemo/models/bad.py", "import timm", "imports timm"),
        ("mmemo/models/bad.py", "from mmemo.labels import EMOTIONS", "imports mmemo"),
        ("mmemo/models/bad.py", "from . import fusion", "write `from .name import ...`"),
        ("mmemo/models/bad.py", "from ..labels import EMOTIONS", "write `from .name import ...`"),
        ("mmemo/models/bad.py", "from .deep.fusion import Fusion", "write `from .name import ...`"),
        ("mmemo/models/deep/bad.py", "", "stand flat"),
    ],
)
def test_shipping_errors_names_bad_file(path, source, error):
    (found,) = shipping_errors({path: source})
    assert error in found


def test_shipping_errors_accepts_good_file():
    source = (
        "import math\nimport torch.nn as nn\nfrom huggingface_hub.dataclasses import strict\nfrom .fusion import Fusion"
    )
    assert shipping_errors({"mmemo/models/good.py": source, "mmemo/cli.py": "import gradio"}) == []


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import pickle", "imports pickle"),
        ("from joblib import load", "imports joblib"),
        ("x = eval('1')", "calls eval"),
        ("exec(code)", "calls exec"),
        ("AutoModel.from_pretrained(name, trust_remote_code=True)", "passes trust_remote_code=True"),
        ("np.load(path, allow_pickle=True)", "passes allow_pickle=True"),
    ],
)
def test_safety_errors_names_bad_code(source, error):
    (found,) = safety_errors({"mmemo/bad.py": source})
    assert error in found


def test_safety_errors_accepts_good_code():
    source = "model.eval()\nAutoModel.from_pretrained(name, trust_remote_code=False)\nf(trust_remote_code=asked)"
    assert safety_errors({"mmemo/good.py": source}) == []


def test_import_of_mmemo_is_quick_and_light(repository):
    code = (
        "import json, sys, time; start = time.perf_counter(); import mmemo;"
        "print(json.dumps([time.perf_counter() - start, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", code], cwd=repository, check=True, capture_output=True).stdout)
        for _ in range(3)
    ]
    assert statistics.median(seconds for seconds, _ in runs) < MAX_IMPORT_S
    assert SLOW_MODULES.intersection(runs[0][1]) == set()
