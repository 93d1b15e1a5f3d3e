"""The section on batches and sweeps of docs/results.md, from the lines of benchmarks/batch.py."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Record = dict[str, Any]
POINTS = 64  # settings of the sweep
NOT_RUN = "not run"
HEAD = """## Batches and sweeps

The mix: every second graph a loop of `hls` (14 to 200 nodes) under C with the least interval, 2 or
8 above MinII, with and without a bound of the latency, A, B or D; the others random under A and B
(kappa 1, 1.2, 1.5). B: the random ones under B alone. Files are read, schedules verified and
stored. Cold: an empty compilation cache; cached: a new process that finds the programs on disk;
warm: once more in the same process.

    .venv/bin/python benchmarks/batch.py speed cpsat single devices processes memory sweep
"""


def batch(records: Sequence[Record]) -> str:
    """All tables for which there are lines."""
    rows = [*_speed(records), *_cost(records), *_alone(records), *_same(records)]
    rows += [*_memory(records), *_sweep(records)]
    rows.append(("graphs and node-steps a second of an accelerator", NOT_RUN, "-", "-"))
    return f"{HEAD}\n{_table(rows)}\n{_by_objective(records)}"


def _speed(records: Sequence[Record]) -> Iterable[tuple[str, str, str, str]]:
    for workload, r in _last(records, "speed").items():
        cold, cached = r["cold"]["first"], r["cached"]
        warm, graphs = r["cold"]["again"], f"{cold['graphs']:,} graphs, {workload}"
        none = cold["graphs"] - cold["legal"] - cold["infeasible"]
        said = f"{cold['legal']:,}, {cold['infeasible']} proved infeasible"
        yield f"{graphs}: legal schedules", said, "all", _met(none == 0)
        asked = 40.0 if workload == "B" else None
        yield _row(f"{graphs}: a second, warm", "{:.1f}", warm["rate"], asked, least=True)
        whole = cold["graphs"] / r["cached"]["wall_s"]
        yield _row(f"{graphs}: a second of a cached command, its start included", "{:.1f}", whole)
        yield _row(f"{graphs}: a second, cold", "{:.1f}", cold["rate"])
        yield _row(f"{graphs}: compiled shapes", "{:d}", cold["shapes"], 10)
        said = "seconds of compilation, both threads together"
        yield _row(f"{graphs}: {said}, cold", "{:.1f}", cold["compile_s"], 30.0)
        yield _row(f"{graphs}: {said}, cached", "{:.1f}", cached["compile_s"], 5.0)
        said = "padding and empty slots, of the device's work"
        yield _row(f"{graphs}: {said}", "{:.0%}", cold["waste"], 0.4)


def _cost(records: Sequence[Record]) -> Iterable[tuple[str, str, str, str]]:
    speeds = _last(records, "speed")
    for workload, own in _by(_part(records, "cpsat"), "workload").items():
        seconds = sum(r["seconds"] for r in own) / len(own)
        named = f"CP-SAT (2 workers, at most 4 s), {len(own)} graphs of {workload}"
        asked = 0.01 if workload == "mix" else None
        yield f"{named}: seconds a graph", f"{seconds:.2f}", "-", "-"
        yield _row(f"{named}: our cost over its, geometric mean", "{:+.2%}", _over(own), asked)
        if workload in speeds:
            rate = speeds[workload]["cold"]["again"]["rate"]
            asked = 30.0 if workload == "mix" else None
            yield _row(f"{named}: our throughput over its", "{:.0f}x", rate * seconds, asked, True)


def _alone(records: Sequence[Record]) -> Iterable[tuple[str, str, str, str]]:
    speeds = _last(records, "speed")
    for workload, own in _by(_part(records, "single"), "workload").items():
        seconds = sum(r["seconds"] for r in own) / len(own)
        named = f"one by one, {len(own)} graphs of {workload}"
        same = sum(r["same"] for r in own)
        yield f"{named}: of the same cost", f"{same}", f"{len(own)}", _met(same == len(own))
        if workload in speeds:
            rate = speeds[workload]["cold"]["again"]["rate"]
            yield _row(f"{named}: throughput of the batch", "{:.1f}x", rate * seconds, 10.0, True)


def _same(records: Sequence[Record]) -> Iterable[tuple[str, str, str, str]]:
    for part, said in (("devices", "two forced host devices"), ("processes", "two processes")):
        for r in _part(records, part)[-1:]:
            met = r["same"] == r["graphs"] == r["others"]
            yield (
                f"{said}: schedules equal to those of one",
                f"{r['same']}",
                f"{r['graphs']}",
                (_met(met)),
            )


def _memory(records: Sequence[Record]) -> Iterable[tuple[str, str, str, str]]:
    for r in _part(records, "memory")[-1:]:
        more = r["most_mb"] / r["early_mb"] - 1
        held = f"{r['early_mb']:.0f} MB after {r['early']:,}, at most {r['most_mb']:.0f} MB then"
        yield f"{r['graphs']:,} graphs: {held}", f"{more:+.1%}", "+10 %", _met(more <= 0.1)


def _sweep(records: Sequence[Record]) -> Iterable[tuple[str, str, str, str]]:
    own = _part(records, "sweep")
    whole = [r for r in own if r["point"] is None][-1:]
    single = {r["point"]: r for r in own if r["point"] is not None}.values()
    for r in whole if single else ():
        alone = POINTS * sum(s["wall_s"] for s in single) / len(single)
        named = f"{POINTS} settings over 20 graphs"
        said = f"{named}: time, of {POINTS} commands of one setting (mean of {len(single)})"
        yield _row(said, "{:.1%}", r["wall_s"] / alone, 0.25)
        most = max(s["compiled"] for s in single)
        yield _row(f"{named}: programs compiled, beside one command's", "{:d}", r["compiled"], most)


def _by_objective(records: Sequence[Record]) -> str:
    """Where CP-SAT is ahead, and where it is not."""
    rows = []
    for (workload, objective), own in _by(_part(records, "cpsat"), "workload", "objective").items():
        ratios = _ratios(own)
        shorter = sum(_ii(r, "ii") < _ii(r, "cpsat_ii") for r in own)
        longer = sum(_ii(r, "ii") > _ii(r, "cpsat_ii") for r in own)
        rows.append([
            workload, objective, f"{len(own)}",
            f"{sum(r['seconds'] for r in own) / len(own):.2f}", f"{_over(own):+.2%}",
            f"{sum(x < -1e-9 for x in ratios)}", f"{sum(x > 1e-9 for x in ratios)}",
            f"{shorter}", f"{longer}",
        ])  # fmt: skip
    if not rows:
        return ""
    header = (
        "workload", "objective", "graphs", "CP-SAT, s a graph", "our cost over its",
        "ours lower", "its lower", "our interval shorter", "its shorter",
    )  # fmt: skip
    return (
        "Against CP-SAT by objective; costs where both have a schedule at one interval.\n\n"
        + _lines(header, rows)
    )


def _ratios(own: Sequence[Record]) -> list[float]:
    """Logarithms of our cost over CP-SAT's, where both have one at the same interval."""
    both = [r for r in own if r["value"] and r["cpsat"] and r["ii"] == r["cpsat_ii"]]
    return [math.log(r["value"] / r["cpsat"]) for r in both]


def _over(own: Sequence[Record]) -> float:
    ratios = _ratios(own)
    return math.exp(sum(ratios) / max(1, len(ratios))) - 1


def _ii(record: Record, name: str) -> float:
    """An interval; infinite where there is no schedule, 0 where iterations do not overlap."""
    cost = record["value" if name == "ii" else "cpsat"]
    return math.inf if cost is None else record[name] or 0


def _part(records: Sequence[Record], part: str) -> list[Record]:
    return [r for r in records if r.get("part") == part]


def _last(records: Sequence[Record], part: str) -> dict[str, Record]:
    """The last line of each workload."""
    return {r["workload"]: r for r in _part(records, part)}


def _by(records: Sequence[Record], *names: str) -> dict[Any, list[Record]]:
    found: dict[Any, list[Record]] = {}
    for r in records:
        key = tuple(r[name] for name in names)
        found.setdefault(key if len(names) > 1 else key[0], []).append(r)
    return dict(sorted(found.items()))


def _row(
    said: str, form: str, value: float, asked: float | None = None, least: bool = False
) -> tuple[str, str, str, str]:
    if asked is None:
        return said, form.format(value), "-", "-"
    met = value >= asked if least else value <= asked
    limit = form.replace("+", "").format(asked)
    return said, form.format(value), f"{'at least' if least else 'at most'} {limit}", _met(met)


def _met(met: bool) -> str:
    return "yes" if met else "**no**"


def _table(rows: Iterable[tuple[str, str, str, str]]) -> str:
    return _lines(("", "measured", "asked for", "met"), rows)


def _lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    form: Callable[[Sequence[str]], str] = lambda row: "| " + " | ".join(row) + " |\n"  # noqa: E731
    return (
        form(header) + "| --- |" + " ---: |" * (len(header) - 1) + "\n" + "".join(map(form, rows))
    )
