"""Calls side by side: in order, at once, and ended early where something fails."""

import threading

import pytest

from gaus_jax.portfolio.threads import Countdown, side_by_side, thread_count


def never() -> None:
    pytest.fail("halted")


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_calls(threads):
    calls = [lambda k=k: k * k for k in range(20)]
    with side_by_side(calls, threads, never) as finish:
        found = finish()
    assert found == [k * k for k in range(20)]


def test_no_calls_no_results():
    with side_by_side([], 3, never) as finish:
        assert finish() == []


def test_they_run_at_once_and_beside_the_caller():
    # Each waits for the others: in turn they would wait for ever.
    meet = threading.Barrier(3, timeout=20)
    with side_by_side([meet.wait, meet.wait], 3, never) as finish:
        meet.wait()
        finish()


def test_the_caller_helps():
    meet = threading.Barrier(2, timeout=20)
    with side_by_side([meet.wait, meet.wait], 2, never) as finish:
        finish()


def test_one_thread_is_the_callers():
    with side_by_side([threading.get_ident] * 3, 1, never) as finish:
        assert finish() == [threading.get_ident()] * 3


def test_an_interrupt_ends_the_calls():
    stop = threading.Event()
    with (
        pytest.raises(KeyboardInterrupt),
        side_by_side([lambda: stop.wait(20)], 2, stop.set),
    ):
        raise KeyboardInterrupt


def test_a_call_that_fails_is_raised():
    def fail() -> None:
        raise MemoryError("too small")

    halted = []
    with (
        pytest.raises(MemoryError, match="too small"),
        side_by_side([fail] * 2, 2, lambda: halted.append(1)) as finish,
    ):
        finish()
    assert halted == [1]


def test_threads_as_asked_for_or_by_the_cores(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 3, 5}, raising=False)
    assert (thread_count(0), thread_count(7)) == (3, 7)


def test_a_countdown_is_over_when_all_have_ended_even_badly():
    through = Countdown(2)
    with pytest.raises(ZeroDivisionError):
        through.after(lambda: 1 // 0)()
    assert not through.over()
    assert through.after(lambda: 7)() == 7
    assert through.over()
