import multiprocessing
import threading

import pytest
import torch

from mmemo.lanes import side_by_side


@pytest.fixture(autouse=True)
def _two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def _threads_of_a_new_thread() -> int:
    found = []
    thread = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    return found[0]


def test_side_by_side_runs_both_at_once_on_half_of_the_threads():
    meet = threading.Barrier(2, timeout=30)

    def work() -> int:
        meet.wait()  # passes only when both are running
        return torch.get_num_threads()

    assert side_by_side(work, work) == (1, 1)


def test_side_by_side_leaves_other_threads_their_number():
    side_by_side(int, int)
    assert torch.get_num_threads() == 2
    assert _threads_of_a_new_thread() == 2


def test_side_by_side_runs_in_turn_with_one_thread():
    torch.set_num_threads(1)
    here = threading.get_ident()
    assert side_by_side(threading.get_ident, threading.get_ident) == (here, here)


@pytest.mark.parametrize("place", [0, 1])
def test_side_by_side_raises_once_both_have_ended(place):
    done = []

    def fail() -> None:
        raise ValueError("broken")

    def work() -> None:
        done.append(True)

    with pytest.raises(ValueError, match="broken"):
        side_by_side(*((fail, work) if place == 0 else (work, fail)))
    assert done == [True]
    assert side_by_side(lambda: 1, lambda: 2) == (1, 2)


def _in_child(connection) -> None:
    connection.send(side_by_side(lambda: "a", lambda: "b"))


def test_side_by_side_works_in_a_forked_child():
    side_by_side(int, int)
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    child = context.Process(target=_in_child, args=(theirs,))
    child.start()
    assert mine.poll(60)
    assert mine.recv() == ("a", "b")
    child.join(60)
    assert child.exitcode == 0
