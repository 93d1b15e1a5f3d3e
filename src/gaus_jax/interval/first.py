"""First schedules: at the interval asked for, or at the least that the quick scheduler finds."""

from collections.abc import Iterator
from dataclasses import replace

from gaus_jax.base.errors import InfeasibleError, NotFoundError
from gaus_jax.bounds.limited import latency_bound
from gaus_jax.core.least_ii import one_by_one
from gaus_jax.feasible import Feasible
from gaus_jax.interval.ledger import EFFORTS, Ledger

FIRST_SHARE = 0.05  # of the seconds left, for the first placement at one interval
RESERVE = 0.5  # of the seconds, before which what is always legal has to do
SINGLE = 64  # intervals from MinII on that are tried one by one; then strides double
PATIENCE = 40  # times the usual placements, at all intervals together, where no seconds count
REFUTE_SECONDS = 5.0  # for the bound of the latency that ends a vain search


def at_interval(ledger: Ledger, ii: int | None) -> Feasible:
    """Legal schedules at one interval, or without any.

    Raises:
        InfeasibleError: there are none.
        NotFoundError: none was found, which proves nothing.
    """
    for effort in ledger.efforts:
        found = ledger.attempts.at(ii, effort)
        if found is None and ii is not None:
            found = _settled(ledger, ii, effort)
        if found is not None:
            return ledger.concluded(found)
        if ledger.clock.expired():
            break
    if ii is None:
        _check_depth(ledger)
    raise _not_found(ledger)


def upward(ledger: Ledger) -> Feasible:
    """A first schedule, at an interval from MinII on; iterations apart where all attempts fail.

    A given one is taken where none is found at a shorter interval.

    Raises:
        InfeasibleError: no schedule can be legal at any interval.
        InputError: a given schedule that is not legal.
        NotFoundError: none was found, which proves nothing.
    """
    given = ledger.attempts.begun()
    try:
        found = _shorter(given, _swiftly(ledger))
    except KeyboardInterrupt:
        found = given or ledger.attempts.apart()
        if found is None:
            raise
        return replace(found, interrupted=True)
    everywhere = ledger.reason and not (ledger.failed or ledger.cut)
    if found is None and not everywhere:
        found = ledger.attempts.apart()
    if found is not None:
        return found
    if everywhere:
        raise InfeasibleError(ledger.reason)
    raise _not_found(ledger)


def _shorter(given: Feasible | None, found: Feasible | None) -> Feasible | None:
    """That of the shorter interval; both together at the same one."""
    if given is None or found is None:
        return given or found
    assert given.window.ii is not None
    assert found.window.ii is not None
    if given.window.ii != found.window.ii:
        return given if given.window.ii < found.window.ii else found
    roomy = max(given, found, key=lambda one: one.window.depth)
    depth = roomy.window.depth
    hints = {n: replace(s, depth=depth) for n, s in (given.hints | found.hints).items()}
    return replace(roomy, hints=hints)


def _swiftly(ledger: Ledger) -> Feasible | None:
    """By the quick scheduler at one interval after the other, else by placements at each."""
    clock = ledger.clock
    reserve = RESERVE * clock.left() if clock.limited else 0.0
    until = clock.used() + clock.left() - reserve
    for ii in strides(ledger.least, max(ledger.least, one_by_one(ledger.problem))):
        found = ledger.swift(ii, until)
        if found is not None:
            return _halved(ledger, found)
        if clock.left() <= reserve:
            ledger.cut = True
            break
    for effort in ledger.efforts[:1] if clock.limited else ledger.efforts:
        # Without a limit of time, what is patient is tried at the longest alone: they fail last.
        most = len(ledger.failed) if clock.limited else max(1, int(PATIENCE / effort))
        for ii in ledger.failed[-most:]:
            found = ledger.at(ii, effort, ledger.until(FIRST_SHARE))
            if found is not None:
                return found
            if clock.left() <= reserve:
                break
    return None


def strides(first: int, last: int, single: int = SINGLE) -> Iterator[int]:
    """The intervals to try: so many one by one, then in strides that double, and the last."""
    ii, stride = first, 1
    for count in range(last - first + 1):
        if ii > last:
            break
        yield ii
        stride = 1 if count < single else 2 * stride
        ii += stride
    if first < last and ii - stride < last:
        yield last


def _halved(ledger: Ledger, found: Feasible) -> Feasible:
    """The quick scheduler between the last interval at which it failed and where it did not."""
    ii = found.window.ii
    assert ii is not None
    low = max([i for i in (*ledger.failed, *ledger.ruled_out) if i < ii], default=ii - 1)
    while ii - low > 1 and not ledger.clock.expired():
        middle = (low + ii) // 2
        less = ledger.swift(middle)
        found = less or found
        low, ii = (low, middle) if less else (middle, ii)
    return found


def _settled(ledger: Ledger, ii: int, effort: float) -> Feasible | None:
    """Whether an interval is possible: ruled out at once, or CP-SAT's schedule or proof."""
    if effort == EFFORTS[0]:
        why = "within the windows of its recurrences there is more work than the limits allow"
        hopeless = ledger.hopeless(ii)
    else:
        why, hopeless = "as CP-SAT proves", False
        if effort == EFFORTS[1]:
            found = ledger.exactly(ii, ledger.until(ledger.settings.proof_share))
            if isinstance(found, Feasible):
                return found
            hopeless = found == "infeasible"
    if hopeless:
        name = ledger.problem.name
        raise InfeasibleError(f"{name}: no schedule is legal at an interval of {ii}: {why}")
    return None


def _check_depth(ledger: Ledger) -> None:
    """Raise `InfeasibleError` where the latency bound is below what the limits allow."""
    objective, frame = ledger.attempts.resolved(None)
    if not objective.bounded:
        return
    seconds = min(REFUTE_SECONDS, max(ledger.clock.wall_left(), 0.0))
    least = latency_bound(ledger.problem, seconds=seconds)
    if least > frame.depth:
        raise InfeasibleError(
            f"{ledger.problem.name}: depth {frame.depth} is below {least}, the least that "
            f"dependences and limits together allow"
        )


def _not_found(ledger: Ledger) -> NotFoundError:
    return NotFoundError(
        f"{ledger.problem.name}: no legal schedule was found; this proves nothing: give it more "
        f"time, a greater depth, interval or limit"
    )
