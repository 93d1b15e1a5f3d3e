"""The interface of a bound, and how bounds of terms make a bound of an objective."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import Lifetime
from gaus_jax.core.safe import safe as safe
from gaus_jax.core.safe import summed as summed
from gaus_jax.core.window import Window

# What a bound may rest on: a depth or limits that bind, an II, or that there is none.
FACTS = ("depth", "limits", "ii", "no ii")
UNTIMED = 1e9  # seconds, for a bound that is to end by itself
UNTIMED_WORK = 1e8  # nodes and edges, times cuts, where it does
PLAIN = frozenset({"depth", "no ii"})


def cuts_allowed(size: int, seconds: float) -> float:
    """How many cuts of a graph of so many nodes and edges a bound may make beside its clock."""
    return np.inf if seconds < UNTIMED / 2 else max(1.0, UNTIMED_WORK // max(size, 1))


class Relaxation(NamedTuple):
    """A bound, and points that it was found at."""

    value: float
    starts: np.ndarray | None = None  # (C, N) float64, steps, perhaps not quite legal; None: none


class Bound(Protocol):
    """A valid lower bound on a weighted sum of terms over all legal schedules."""

    @property
    def name(self) -> str:
        """What settings call it."""
        ...

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms that it bounds, all at once."""
        ...

    @property
    def rests_on(self) -> frozenset[str]:
        """What must hold for it to be valid, of `FACTS`."""
        ...

    def relax(
        self,
        problem: Problem,
        window: Window,
        weights: Mapping[str, float],
        lifetime: Lifetime,
        seconds: float,
    ) -> Relaxation:
        """The bound of ``sum_t weight_t t`` over its terms; weaker, never wrong, in less time."""
        ...


def lower_bound(
    bounds: Iterable[Bound],
    problem: Problem,
    window: Window,
    weights: Mapping[str, float],
    lifetime: Lifetime,
    remaining: Callable[[], float],
    facts: frozenset[str] = PLAIN,
) -> tuple[float, dict[str, np.ndarray]]:
    """The best of the bounds of single terms added up, and of those of several terms at once.

    Args:
        bounds: of any terms; those whose terms have no weight are not computed.
        problem: the graph.
        window: its windows.
        weights: factor of each term, at least 0; a term without any bound counts as 0.
        lifetime: of the values.
        remaining: seconds left, asked before each.
        facts: what holds, of `FACTS`; bounds that rest on anything else are not computed.

    Returns:
        The bound of the objective, and the points of those bounds that have any, by name.
    """
    points: dict[str, np.ndarray] = {}
    alone = dict.fromkeys(weights, 0.0)
    joint: list[tuple[tuple[str, ...], float]] = []
    for bound in bounds:
        asked = {t: weights[t] for t in bound.terms if weights.get(t, 0.0) > 0}
        if not asked or not bound.rests_on <= facts:
            continue
        found = bound.relax(problem, window, asked, lifetime, remaining())
        if found.starts is not None:
            points[bound.name] = found.starts
        if len(asked) == 1:
            (term,) = asked
            alone[term] = max(alone[term], found.value)
        else:
            joint.append((tuple(asked), found.value))
    best = sum(alone.values())
    for terms, value in joint:
        best = max(best, value + sum(v for term, v in alone.items() if term not in terms))
    return best, points
