"""Settings from the environment: every variable read, every fault told in one line."""

import re
import runpy

import pytest

from mmemo import MmemoPipeline
from mmemo.ui import Settings, SettingsError


def test_without_variables_the_defaults_hold():
    assert Settings.from_environment({"PATH": "/bin", "MMEMO_MODEL": " "}) == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("MMEMO_MODEL", "me/model", "model", "me/model"),
        ("MMEMO_DEVICE", "cuda:1", "device", "cuda:1"),
        ("MMEMO_DTYPE", "float32", "dtype", "float32"),
        ("MMEMO_MAX_UPLOAD_MB", "5", "max_upload_bytes", 5 * 2**20),
        ("MMEMO_MAX_PIXELS", "1000", "max_pixels", 1000),
        ("MMEMO_MAX_TEXT", "50", "max_text", 50),
        ("MMEMO_MAX_ITEMS", "7", "max_items", 7),
        ("MMEMO_MAX_UNPACKED_MB", "9", "max_unpacked_mb", 9),
        ("MMEMO_QUEUE_SIZE", "3", "queue_size", 3),
        ("MMEMO_CONCURRENCY", "4", "concurrency", 4),
        ("MMEMO_CALL_TIMEOUT_S", "1.5", "call_timeout_s", 1.5),
        ("MMEMO_BATCH_TIMEOUT_S", "30", "batch_timeout_s", 30.0),
        ("MMEMO_DELETE_AFTER_S", "60", "delete_after_s", 60),
        ("MMEMO_LOGIN", "ann:a:b", "login", ("ann", "a:b")),
        ("MMEMO_MCP", "0", "mcp", False),
    ],
)
def test_variables_are_read(variable, value, name, expected):
    assert getattr(Settings.from_environment({variable: value}), name) == expected


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MMEMO_MODLE", "x", "MMEMO_MODLE: expected one of MMEMO_BATCH_TIMEOUT_S, "),
        ("MMEMO_QUEUE_SIZE", "0", "MMEMO_QUEUE_SIZE: expected a whole number from 1 to 10,000, got '0'"),
        ("MMEMO_QUEUE_SIZE", "²", "got '²'"),
        ("MMEMO_DELETE_AFTER_S", "1", "from 2 to 1,000,000,000, got '1'"),
        ("MMEMO_MAX_TEXT", "20001", "from 1 to 20,000, got '20001'"),
        ("MMEMO_CALL_TIMEOUT_S", "nan", "expected a number of seconds over 0, got 'nan'"),
        ("MMEMO_CALL_TIMEOUT_S", "soon", "expected a number of seconds over 0, got 'soon'"),
        ("MMEMO_DTYPE", "int8", "expected one of auto, float32, bfloat16, float16, got 'int8'"),
        ("MMEMO_DEVICE", "gpu", "expected a device such as cpu or cuda:0, got 'gpu'"),
        ("MMEMO_MCP", "yes", "expected 0 or 1, got 'yes'"),
    ],
)
def test_faults_are_told_in_one_line(variable, value, words):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({variable: value})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fault_of_the_login_does_not_tell_it():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"MMEMO_LOGIN": "only-secret"})
    assert str(caught.value) == "MMEMO_LOGIN: expected user:password, got another form"


def test_mcp_without_its_packages_says_what_to_install(monkeypatch):
    monkeypatch.setattr("mmemo.ui.settings.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=re.escape('pip install "mmemo[mcp]"')):
        Settings.from_environment({"MMEMO_MCP": "1"})


def test_mcp_with_its_packages_is_on(monkeypatch):
    monkeypatch.setattr("mmemo.ui.settings.find_spec", lambda name: object())
    assert Settings.from_environment({"MMEMO_MCP": "1"}).mcp


def test_app_stops_at_a_fault_before_it_loads_anything(repository, monkeypatch):
    monkeypatch.setenv("MMEMO_CONCURRENCY", "many")
    monkeypatch.setattr(MmemoPipeline, "from_pretrained", None)
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(repository / "app.py"))
    assert str(caught.value).startswith("mmemo: error: MMEMO_CONCURRENCY: expected a whole number")


def test_every_variable_is_documented(repository):
    words = (repository / "docs/app.md").read_text("utf-8")
    for name in Settings.__dataclass_fields__:
        assert f"`MMEMO_{name.upper()}`" in words
