"""The app's settings, from `MMEMO_*` environment variables; docs/app.md describes each.

Conventions: everything is checked before anything is loaded. A variable that is not known, or whose value cannot be
used, is a `SettingsError` of one line that names the variable, what was expected and what came. An empty variable
counts as not set.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import torch

from mmemo.batch import ArchiveLimits
from mmemo.perception.images import MAX_BYTES, MAX_PIXELS
from mmemo.pipeline import MAX_TEXT_LENGTH

PREFIX = "MMEMO_"
DTYPES = ("auto", "float32", "bfloat16", "float16")
MB = 2**20
DELETE_EVERY_S = 60
"""How often old uploads are looked for at least."""
_MAX_WHOLE = 10**9


class SettingsError(ValueError):
    """A variable that cannot be used; one line."""


def _whole(low: int, high: int = _MAX_WHOLE) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdecimal()) or not low <= int(value) <= high:
            raise ValueError(f"a whole number from {low:,} to {high:,}")
        return int(value)

    return read


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MAX_WHOLE:
        raise ValueError("a number of seconds over 0")
    return seconds


def _switch(value: str) -> bool:
    known = {"0": False, "false": False, "1": True, "true": True}
    if value.lower() not in known:
        raise ValueError("0 or 1")
    return known[value.lower()]


def _dtype(value: str) -> str:
    if value not in DTYPES:
        raise ValueError(f"one of {', '.join(DTYPES)}")
    return value


def _device(value: str) -> str:
    try:
        torch.device(value)
    except RuntimeError:
        raise ValueError("a device such as cpu or cuda:0") from None
    return value


def _login(value: str) -> tuple[str, str]:
    user, colon, password = value.partition(":")
    if not (user and colon and password):
        raise ValueError("user:password")
    return user, password


def _mcp(value: str) -> bool:
    if _switch(value) and find_spec("mcp") is None:
        raise ValueError('0, or the packages of gradio[mcp] (pip install "mmemo[mcp]")')
    return _switch(value)


def _variable(default: Any, read: Callable[[str], Any]) -> Any:  # noqa: ANN401 - as `field`
    return field(default=default, metadata={"read": read})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the app runs. A field is the variable of its name: `max_pixels` is `MMEMO_MAX_PIXELS`.

    Attributes:
        model: Folder or Hub id of one model for all tasks; None for the compact pair.
        device: Such as `cuda:0`; None takes CUDA when it is there.
        dtype: Number type of the models.
        max_upload_mb: Largest upload, a picture or an archive, in MiB.
        max_pixels: Most pixels of a picture, width times height.
        max_text: Most characters of words, and of a whole conversation.
        max_items: Most pictures or rows of a batch, and turns of a conversation.
        max_unpacked_mb: Most MiB that an archive's files have together.
        queue_size: Calls that wait at most; one more is answered 503.
        concurrency: Analyses that run beside each other.
        call_timeout_s: Longest time of one analysis.
        batch_timeout_s: After this time the rest of a batch is not analysed.
        delete_after_s: Uploads are deleted before they are older than this.
        login: User and password that visitors must give; None lets everybody in.
        mcp: Whether agents may call the app by the Model Context Protocol too.
    """

    model: str | None = _variable(None, str)
    device: str | None = _variable(None, _device)
    dtype: str = _variable("auto", _dtype)
    max_upload_mb: int = _variable(MAX_BYTES // MB, _whole(1, 2_000))
    max_pixels: int = _variable(MAX_PIXELS, _whole(1))
    max_text: int = _variable(MAX_TEXT_LENGTH, _whole(1, MAX_TEXT_LENGTH))
    max_items: int = _variable(200, _whole(1, 10_000))
    max_unpacked_mb: int = _variable(200, _whole(1, 10_000))
    queue_size: int = _variable(32, _whole(1, 10_000))
    concurrency: int = _variable(2, _whole(1, 100))
    call_timeout_s: float = _variable(60.0, _seconds)
    batch_timeout_s: float = _variable(600.0, _seconds)
    delete_after_s: int = _variable(600, _whole(2))
    login: tuple[str, str] | None = _variable(None, _login)
    mcp: bool = _variable(False, _mcp)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Settings of the environment's `MMEMO_*` variables.

        Args:
            environment: None for this process's.

        Raises:
            SettingsError: A variable is unknown or cannot be used.
        """
        environment = os.environ if environment is None else environment
        known = {PREFIX + name.upper(): name for name in cls.__dataclass_fields__}
        found: dict[str, Any] = {}
        for variable, value in sorted(environment.items()):
            if not variable.startswith(PREFIX) or not value.strip():
                continue
            if variable not in known:
                raise SettingsError(f"{variable}: expected one of {', '.join(sorted(known))}, got an unknown variable")
            name = known[variable]
            try:
                found[name] = cls.__dataclass_fields__[name].metadata["read"](value.strip())
            except ValueError as error:
                shown = "another form" if name == "login" else repr(value)[:80]  # a password stays out of the log
                raise SettingsError(f"{variable}: expected {error}, got {shown}") from None
        return cls(**found)

    @property
    def max_upload_bytes(self) -> int:
        """Largest upload in bytes."""
        return self.max_upload_mb * MB

    @property
    def archive_limits(self) -> ArchiveLimits:
        """What an archive may hold."""
        return ArchiveLimits(
            max_files=self.max_items,
            max_unpacked_bytes=self.max_unpacked_mb * MB,
            max_file_bytes=self.max_upload_bytes,
        )

    @property
    def delete_cache(self) -> tuple[int, int]:
        """How often old uploads are looked for, and from what age on they are deleted, in seconds.

        As old as that, an upload may wait until the next look.
        """
        every_s = min(DELETE_EVERY_S, self.delete_after_s // 2)
        return every_s, self.delete_after_s - every_s

    @property
    def model_options(self) -> dict[str, Any]:
        """What `MmemoPipeline.from_pretrained` is called with."""
        return {"model": self.model, "device": self.device, "dtype": self.dtype}
