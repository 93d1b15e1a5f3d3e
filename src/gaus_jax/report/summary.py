"""What the command line prints."""

from collections.abc import Sequence

import numpy as np

from gaus_jax.base.errors import InfeasibleError
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.bounds import BOUNDS
from gaus_jax.bounds.bound import PLAIN
from gaus_jax.core.graph import strong_components
from gaus_jax.core.problem import Problem
from gaus_jax.core.recurrence import cycle_text, min_ii
from gaus_jax.core.result import Result
from gaus_jax.core.window import Window, asap_length, critical_path, window
from gaus_jax.explain import shorter_interval
from gaus_jax.model.objective import OBJECTIVES
from gaus_jax.model.resolve import resolve


def solved(result: Result) -> str:
    """A few lines on a result."""
    if result.schedule is None:
        name = result.problem["name"]
        return f"{name}: {result.status}: {result.reason.removeprefix(f'{name}: ')}"
    terms = ", ".join(f"{name} {value:g}" for name, value in result.objective["terms"].items())
    gap = "-" if result.gap is None else f"{100 * result.gap:.1f} %"
    bound = f", lower bound {result.lower_bound:.10g}, gap {gap}" if result.lower_bound else ""
    seconds = ", ".join(f"{stage} {value:.2f}" for stage, value in result.timings.items())
    lines = [
        f"{result.problem['name']}: {result.problem['nodes']} nodes, "
        f"{result.problem['edges']} edges, depth {result.schedule.depth}" + _interval(result),
        f"objective {result.objective['name']} = {result.value:.10g} ({terms}){bound}",
        f"{result.status}, {'legal' if result.legal else 'NOT LEGAL'}"
        + (f"; seconds: {seconds}" if seconds else ""),
    ]
    if result.reason:
        lines.append(result.reason)
    if result.objective["weights"].get("peak_usage") == 0:
        lines.append("units cost nothing: the ratio is 0 (balanced, where nothing communicates)")
    if result.problem["left_out"]:
        lines.append(f"{result.problem['left_out']} loop-carried edges left out")
    lines += [str(v) for v in result.violations[:20]]
    if len(result.violations) > 20:
        lines.append(f"and {len(result.violations) - 20} more")
    return "\n".join(lines)


def _interval(result: Result) -> str:
    """The interval of a pipelined result, and whether a shorter one is ruled out."""
    ii, least = result.schedule and result.schedule.ii, result.objective.get("min_ii")
    if ii is None:
        return ""
    if least is None:
        return f", initiation interval {ii}"
    bound = result.objective.get("ii_bound", least)
    known = "the least there is" if result.objective.get("ii_proved") else f"at least {bound}"
    return f", initiation interval {ii} ({known})"


def info(problem: Problem, kappa: str = "1", bound_seconds: float = 30.0) -> str:
    """Sizes, depth, critical path, mobility and bounds of a problem."""
    length = asap_length(problem)
    settings = ObjectiveSettings(name="A", ratio=1.0, kappa=kappa)
    objective, frame = resolve(settings, problem)
    path = critical_path(problem, window(problem, length).asap)
    parts = strong_components(problem.nodes, problem.tail, problem.head)
    rings = int(np.count_nonzero(np.bincount(parts) > 1)) if problem.nodes else 0
    lines = [
        f"name                 {problem.name}",
        f"sha256               {problem.sha256}",
        f"nodes                {problem.nodes}",
        f"edges                {problem.edges} ({int(problem.is_data.sum())} data, "
        f"{problem.loop_carried} loop-carried)",
        f"recurrences          {rings} strongly connected components of several nodes",
        f"least interval       {_least(problem)}",
        f"total size           {problem.size.sum():g}",
        f"ASAP length          {length}",
        f"critical path        {len(path)} nodes",
        f"depth at kappa {kappa:<5} {objective.depth}",
        f"mobility             {_spread(frame.mobility)}",
    ]
    lines += [
        f"class {name:<14} {int(np.sum(problem.use_class == r))} uses, "
        f"demand {problem.use_demand[problem.use_class == r].sum():g}, "
        f"limit {problem.limit[r]:g}"
        for r, name in enumerate(problem.classes)
    ]
    found = _bounds(problem, frame, bound_seconds)
    lines += [f"{term:<20} >= {value:g} ({name})" for term, (value, name) in found.items()]
    return "\n".join(lines)


def _bounds(problem: Problem, frame: Window, seconds: float) -> dict[str, tuple[float, str]]:
    """The best bound of each term within the windows, and which one it is."""
    best: dict[str, tuple[float, str]] = {}
    orders = {
        term for p in OBJECTIVES.values() if "sequence" in p.constraints for term in p.weights
    }
    for bound in BOUNDS.values():
        if not bound.rests_on <= PLAIN:
            continue
        for term in set(bound.terms) - orders:  # an order has windows of its own
            value = bound.relax(problem, frame, {term: 1.0}, "register", seconds).value
            if value > best.get(term, (-1.0, ""))[0]:
                best[term] = value, bound.name
    return dict(sorted(best.items()))


def _least(problem: Problem) -> str:
    """MinII and who asks for it."""
    try:
        least = min_ii(problem)
    except InfeasibleError as error:
        return f"none: {error}"
    who = [f"RecMII {least.recurrence}", f"ResMII {least.resource}"]
    if least.cycle:
        who.append(f"recurrence {cycle_text(problem, least.cycle)}")
    if least.critical is not None:
        who.append(f"class {problem.classes[least.critical]}")
    who += filter(None, [shorter_interval(problem, least)])
    return f"{least.value} ({', '.join(who)})"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, the first flush left, the others right."""
    width = [max(len(row[c]) for row in [header, *rows]) for c in range(len(header))]
    line = lambda row: "  ".join(  # noqa: E731
        cell.ljust(w) if c == 0 else cell.rjust(w)
        for c, (cell, w) in enumerate(zip(row, width, strict=True))
    )
    return "\n".join([line(header), "  ".join("-" * w for w in width), *map(line, rows)])


def _spread(mobility: np.ndarray) -> str:
    """A histogram in powers of two: ``0: 12, 1: 3, 2-3: 5, ...``."""
    if mobility.size == 0:
        return "-"
    level = np.where(mobility > 0, np.floor(np.log2(np.maximum(mobility, 1))) + 1, 0).astype(int)
    parts = []
    for k, count in enumerate(np.bincount(level)):
        low, high = (0, 0) if k == 0 else (2 ** (k - 1), 2**k - 1)
        if count:
            parts.append(f"{low if low == high else f'{low}-{high}'}: {count}")
    return ", ".join(parts)
