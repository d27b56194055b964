"""The guard of conftest.py blocks what it should and lets loopback through."""

import os
import socket
import urllib.request

import pytest

OUTSIDE = ("192.0.2.1", 80)  # TEST-NET-1: never routed, so that a broken guard still reaches nobody


def assert_blocked(error: pytest.ExceptionInfo[Exception]) -> None:
    assert type(error.value).__name__ == "NetworkBlockedError"
    assert "loopback only" in str(error.value)


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_guard_blocks_connections_to_other_hosts(method):
    with socket.socket() as sock, pytest.raises(RuntimeError) as error:
        sock.settimeout(0.2)
        getattr(sock, method)(OUTSIDE)
    assert_blocked(error)


def test_guard_blocks_datagrams_to_other_hosts():
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(RuntimeError) as error:
        sock.sendto(b"x", OUTSIDE)
    assert_blocked(error)


@pytest.mark.parametrize(("function", "arguments"), [("getaddrinfo", (443,)), ("gethostbyname", ())])
def test_guard_blocks_name_lookup(function, arguments):
    with pytest.raises(RuntimeError) as error:
        getattr(socket, function)("example.org", *arguments)
    assert_blocked(error)


def test_guard_blocks_urlopen():
    with pytest.raises(RuntimeError) as error:
        urllib.request.urlopen("https://example.org", timeout=0.2)
    assert_blocked(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_guard_lets_loopback_through(host):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as sock:
        assert sock.getpeername()[0] == "127.0.0.1"
    assert socket.getaddrinfo(host, 80)


def test_guard_lets_unix_sockets_through(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a Unix socket's path may have about 100 characters
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen()
        client.connect("s")


def test_hub_is_offline_and_its_cache_is_temporary():
    from huggingface_hub import constants

    assert constants.HF_HUB_OFFLINE
    assert constants.HF_HOME == os.environ["HF_HOME"]
    assert "mmemo-tests-" in constants.HF_HOME
