"""Sections of docs/results.md: memory of tensor programs, and how long large ones take."""

import math
from collections.abc import Iterable, Sequence

HEADER = (
    "program", "instructions", "predicted, XLA's order", "ours", "bound", "change",
    "temporary bytes, XLA's order", "ours", "change", "time ratio", "outputs",
)  # fmt: skip
SIZES = (
    "program", "nodes", "edges", "read, s", "order, s", "report, s", "CPU, s", "load",
    "program's order", "ours", "bound",
)  # fmt: skip


def programs(records: Sequence[dict]) -> str:
    """Memory before and after XLA follows an order of ours; the last record of each program."""
    last = {(r["program"], r.get("size"), r.get("seed", 0)): r for r in records}
    branching = [r for r in last.values() if r.get("branching")]
    others = [r for r in last.values() if not r.get("branching")]
    seconds = sorted({r["seconds"] for r in last.values()})
    text = (
        "## Memory of tensor programs\n\nEach function compiled in XLA's order and in ours "
        "(`impose`), "
        f"{' or '.join(f'{s:g}' for s in seconds)} s of search at most for each of two orders. "
        "Predicted: peak of temporaries and results in the model; measured: XLA's "
        "`temp_size_in_bytes`. MB are 10^6 bytes. A time ratio is the median of calls of ours over "
        "XLA's, in turns. Size and seed stand behind a program's name.\n\n"
        "    .venv/bin/python benchmarks/programs.py --out results/programs.jsonl\n"
    )
    if others:
        text += "\n" + _table(HEADER, map(_row, others)) + "\n" + _means(others)
    if branching:
        text += (
            "\nThe class of branches, wirings and U-Nets:\n\n"
            + _table(HEADER, map(_row, branching))
            + "\n"
            + _means(branching)
        )
    return text


def program_sizes(records: Sequence[dict]) -> str:
    """Seconds to read, order and report large programs."""
    last = {(r["program"], r["size"], r["form"]): r for r in records}
    rows = [
        [
            f"{r['program']} {r['size']}, {r['form']}",
            f"{r['instructions']}",
            f"{r['edges']}",
            *(f"{r[name]:.1f}" for name in ("read_s", "order_s", "report_s", "cpu_s", "load")),
            *(_mb(r[name]) for name in ("before", "after", "bound")),
        ]
        for r in sorted(last.values(), key=lambda r: r["instructions"])
    ]
    return (
        "## Large tensor programs\n\nOne program after another in one process, by default without "
        "a limit of the search; the compilation of the relaxation is in the time of the order, and "
        "XLA's own compilation in none. The load is that of the machine's two cores, so that the "
        "CPU time says more than the clock.\n\n"
        "    .venv/bin/python benchmarks/program_sizes.py --out results/program_sizes.jsonl\n\n"
        + _table(SIZES, rows)
    )


def _row(r: dict) -> list[str]:
    ratio = "-" if r["time_ratio"] is None else f"{r['time_ratio']:.2f}"
    ulps = r["ulps"]
    seed = f":{r['seed']}" if r.get("seed") else ""
    proved = r["bound"] >= r["predicted_after"]
    return [
        f"{r['program']}:{r['size']}{seed}",
        f"{r['instructions']}",
        _mb(r["predicted_before"]),
        _mb(r["predicted_after"]),
        "optimal" if proved else _mb(r["bound"]),
        _change(r["predicted_after"], r["predicted_before"]),
        _mb(r["temp_before"]),
        _mb(r["temp_after"]),
        _change(r["temp_after"], r["temp_before"]),
        ratio,
        "same bits" if ulps == 0 else f"{ulps:.0f} ulps",
    ]


def _means(records: Sequence[dict]) -> str:
    predicted = [(r["predicted_after"], r["predicted_before"]) for r in records]
    measured = [(r["temp_after"], r["temp_before"]) for r in records]
    below = sum(a <= 0.99 * b and a < b for a, b in measured)
    proved = sum(r["bound"] >= r["predicted_after"] for r in records)
    above = sum(a > b for a, b in measured)
    return (
        f"Geometric mean, ours over XLA's order: {_mean(predicted):.3f} predicted, "
        f"{_mean(measured):.3f} measured; measured less by 1 % or more on {below} of "
        f"{len(records)}, more on {above}; proved optimal in the model: {proved}.\n"
    )


def _mean(pairs: Iterable[tuple[float, float]]) -> float:
    """Geometric mean of ratios, of those alone whose parts are positive."""
    logs = [math.log(a / b) for a, b in pairs if a > 0 and b > 0]
    return math.exp(math.fsum(logs) / len(logs)) if logs else 1.0


def _change(after: float, before: float) -> str:
    return f"{100 * (after / before - 1):+.1f} %" if before else "0"


def _mb(count: float) -> str:
    return f"{count / 1e6:.2f} MB"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
