"""Ctrl-C: remembered where it gets lost, put off where it would harm, told apart from errors."""

import signal
import threading

import pytest

from gaus_jax.base.clock import Clock
from gaus_jax.base.interrupt import INTERRUPTS


def swallowed() -> None:
    """As the callbacks of compiled libraries do."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return
    pytest.fail("nothing was raised")


def test_an_interrupt_that_a_library_swallows_still_ends_the_search():
    clock = Clock(60.0)
    with INTERRUPTS.watched():
        assert not clock.expired()
        swallowed()
        assert clock.expired()
        with INTERRUPTS.watched():  # of a solve within a solve
            assert clock.expired()
    assert not clock.expired()


def test_an_interrupt_of_an_earlier_search_is_forgotten():
    for _ in range(2):
        with INTERRUPTS.watched():
            assert not INTERRUPTS.asked
            swallowed()


def test_what_is_held_is_raised_at_the_end():
    done = []

    @INTERRUPTS.held()
    def compiled() -> None:
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")

    with INTERRUPTS.watched(), pytest.raises(KeyboardInterrupt):
        compiled()
    assert done


def test_an_error_that_a_compiler_makes_of_an_interrupt_is_an_interrupt():
    def compiled(strike: bool) -> None:
        with Clock().stage("compile"):
            if strike:
                swallowed()
            raise TypeError("cannot determine the type of nothing")

    with INTERRUPTS.watched(), pytest.raises(KeyboardInterrupt):
        compiled(True)
    with INTERRUPTS.watched(), pytest.raises(TypeError):
        compiled(False)


def test_a_handler_of_the_programs_own_is_left_alone():
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with INTERRUPTS.watched(), INTERRUPTS.held():
            signal.raise_signal(signal.SIGINT)
            assert not INTERRUPTS.asked
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_do_not_touch_signals():
    def elsewhere() -> None:
        with INTERRUPTS.watched(), INTERRUPTS.held():
            found.append(signal.getsignal(signal.SIGINT))

    found: list = []
    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == [before]
