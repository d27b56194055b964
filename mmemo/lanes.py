"""Two lanes for work that can go on side by side, each on half of PyTorch's threads.

Small networks gain little from a second thread: two of them beside each other on one thread each are done sooner than
one after the other on two. Conventions: a process has one pair of lanes, which all pipelines share; other threads keep
PyTorch's number of threads; what runs in a lane must not ask for a lane itself.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

First = TypeVar("First")
Second = TypeVar("Second")

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None


def _forget_pool() -> None:
    """A fork's child has none of the threads, and perhaps a lock that nobody will open."""
    global _lock, _pool
    _lock, _pool = threading.Lock(), None


os.register_at_fork(after_in_child=_forget_pool)


def _run_apart(function: Callable[[int], None], argument: int) -> None:
    thread = threading.Thread(target=function, args=(argument,))
    thread.start()
    thread.join()


def _keep_threads(num_threads: int) -> None:
    """Give this thread its number; PyTorch reads the process's number once, at the first look, so look now."""
    torch.set_num_threads(num_threads)
    torch.get_num_threads()


def _make_pool(num_threads: int) -> ThreadPoolExecutor:
    both_there = threading.Barrier(2)
    pool = ThreadPoolExecutor(2, "mmemo-lane", lambda: _keep_threads(num_threads // 2))
    for started in [pool.submit(both_there.wait) for _ in range(2)]:
        started.result()
    # A thread's number is also what PyTorch gives to threads that start later: put that back.
    _run_apart(torch.set_num_threads, num_threads)
    return pool


def _lanes() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = _make_pool(torch.get_num_threads())
        return _pool


def side_by_side(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Results of both, run beside each other; one after the other where PyTorch has a single thread.

    Raises:
        Exception: What `first` raised, else what `second` raised, once both have ended.
    """
    if torch.get_num_threads() < 2:
        return first(), second()
    pool = _lanes()
    one, other = pool.submit(first), pool.submit(second)
    error = one.exception() or other.exception()
    if error is not None:
        raise error
    return one.result(), other.result()


__all__ = ["side_by_side"]
