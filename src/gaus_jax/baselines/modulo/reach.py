"""The least II that modulo schedulers reach, on the clock of an attempt."""

from collections.abc import Iterator, Sequence
from functools import partial

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.baselines.baseline import Attempt
from gaus_jax.baselines.modulo.ims import iterative_modulo
from gaus_jax.baselines.modulo.sdc import modulo_sdc
from gaus_jax.baselines.modulo.swing import swing_modulo
from gaus_jax.baselines.modulo.swing_order import swing_order
from gaus_jax.core.least_ii import Method
from gaus_jax.core.reservation import check_alone
from gaus_jax.core.window import Window, window
from gaus_jax.linear.stages import least_lifetimes

DEEPER = 13  # IIs more of room, where the latency is free and the usual room does not do


def iterative(attempt: Attempt) -> Method:
    """Iterative modulo scheduling."""
    return iterative_modulo


def swing(attempt: Attempt) -> Method:
    """Swing modulo scheduling, its order taken once."""
    return partial(swing_modulo, order=swing_order(attempt.problem))


def sdc(attempt: Attempt) -> Method:
    """Modulo SDC scheduling, within the attempt's time."""
    return partial(modulo_sdc, expired=attempt.clock.expired)


def reach(attempt: Attempt, methods: Sequence[Method]) -> bool:
    """Offer schedules at the II asked for, or at the least one that a method reaches.

    Afterwards the attempt is at that II, and its windows are those of the schedules offered.

    Args:
        attempt: at an II; what was offered before is forgotten.
        methods: all of them are tried at an II, before the next one is.

    Returns:
        Whether there is a schedule; none may also be a matter of time.

    Raises:
        InfeasibleError: no II that could be tried is possible.
    """
    tried, reason = False, ""
    for ii in attempt.intervals():
        if attempt.clock.expired():
            return False
        try:
            attempt.at(ii)
            check_alone(attempt.problem, ii, attempt.limit)
        except InfeasibleError as error:  # of the depth or a node: a longer II may do
            reason = str(error)
            continue
        tried = True
        if any(_placed(attempt, methods, frame) for frame in _frames(attempt)):
            return True
    if not tried:
        raise InfeasibleError(reason)
    return False


def polish(attempt: Attempt) -> None:
    """Offer the schedule of least total lifetime in the slots of the best one, if time suffices."""
    if attempt.best is None:
        return
    start = least_lifetimes(
        attempt.problem,
        attempt.window,
        attempt.best.start,
        attempt.objective.lifetime,
        attempt.clock.left(),
    )
    if start is not None:
        attempt.offer(start)


def _frames(attempt: Attempt) -> Iterator[Window]:
    """The windows to try at an II: the usual ones, and, where nothing bounds the latency, more."""
    frame = attempt.window
    yield frame
    if not attempt.objective.bounded and frame.ii is not None:
        yield window(attempt.problem, frame.depth + DEEPER * frame.ii, frame.ii)


def _placed(attempt: Attempt, methods: Sequence[Method], frame: Window) -> bool:
    """Offer what the methods find in some windows; whether they find anything."""
    for method in methods:
        if attempt.clock.expired():
            break
        start = method(attempt.problem, frame, limit=attempt.limit, seed=attempt.seed)
        if start is not None:
            attempt.window = frame
            attempt.offer(start)
    return attempt.best is not None
