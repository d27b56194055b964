"""What every test runs under: sockets closed but for loopback, no Hub, an empty cache, two threads.

Environment variables are set here, before any test module imports transformers, gradio or torch, and child processes
inherit them.
"""

import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
NUM_THREADS = 2

_SCRATCH = Path(tempfile.mkdtemp(prefix="mmemo-tests-"))
os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HOME=str(_SCRATCH / "huggingface"),
    GRADIO_ANALYTICS_ENABLED="False",
    GRADIO_TEMP_DIR=str(_SCRATCH / "gradio"),
    OMP_NUM_THREADS=str(NUM_THREADS),
    TOKENIZERS_PARALLELISM="false",
    MPLBACKEND="Agg",
)


class NetworkBlockedError(RuntimeError):
    """A test reached for a host other than this one. Not an OSError, so that no fallback for "no network" hides it."""


def is_loopback(host: object) -> bool:
    """Whether `host`, a name, an address or None, is this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in ("", "localhost", "ip6-localhost", "testserver"):
        return True
    try:
        address = ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(host: object) -> None:
    if not is_loopback(host):
        raise NetworkBlockedError(f"tests reach loopback only, got {host!r}: use a local server or a local folder")


def _guard_address(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a socket method whose last argument is the address, as in `connect(address)` and `sendto(data, address)`."""

    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(args[-1], tuple):
            _refuse(args[-1][0])
        return original(self, *args)

    return guarded


def _guard_host(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a resolver whose first argument is the host."""

    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse(host)
        return original(host, *args, **kwargs)

    return guarded


_GUARD = pytest.MonkeyPatch()


def pytest_configure(config: pytest.Config) -> None:
    for name in ("connect", "connect_ex", "sendto"):
        _GUARD.setattr(socket.socket, name, _guard_address(getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        _GUARD.setattr(socket, name, _guard_host(getattr(socket, name)))


def pytest_unconfigure(config: pytest.Config) -> None:
    _GUARD.undo()
    shutil.rmtree(_SCRATCH, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _two_threads() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(NUM_THREADS)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY
