"""What did not go as it should: nothing is dropped."""

from collections.abc import Mapping, Sequence

from gaus_jax.bench.records import Record, case_of
from gaus_jax.core.result import LEGAL
from gaus_jax.report.bench.markdown import number, seconds, table

LATE = (1.1, 0.5)  # a run is late beyond this many limits and so many seconds more


def troubles(records: Sequence[Record]) -> str:
    """Runs without a schedule, runs that ended early, and runs that ended late."""
    absent = [r for r in records if r["status"] not in LEGAL]
    early = [r for r in records if r["status"] in LEGAL and r["reason"]]
    parts = [
        _by_reason("Runs without a legal schedule", absent),
        _by_reason("Runs that ended early", early),
        _below_known(records),
        _late(records),
    ]
    found = [part for part in parts if part]
    return "## Failed, refused, late\n\n" + ("\n".join(found) or "None.\n")


def _by_reason(title: str, records: Sequence[Record]) -> str:
    """One row a method, status and reason, with the instances that it concerns."""
    groups: dict[tuple[str, str, str], list[Record]] = {}
    for record in records:
        reason = record["reason"].strip().splitlines() or ["-"]
        groups.setdefault((record["method"], record["status"], reason[-1][:200]), []).append(record)
    rows = [[*key, f"{len(runs)}", _where(runs)] for key, runs in groups.items()]
    shown = table(("method", "status", "reason", "runs", "where"), rows)
    return f"{title}:\n\n{shown}" if shown else ""


def _below_known(records: Sequence[Record]) -> str:
    """Runs that are said to be better than what others have proved to be the least."""
    rows = []
    for record in records:
        bound = (record.get("known") or {}).get("bound")
        if record["status"] in LEGAL and bound is not None and record["cost"] < bound:
            cells = (number(record["cost"]), number(bound))
            rows.append([record["method"], record["instance"], f"{record['seed']}", *cells])
    shown = table(("method", "instance", "seed", "cost", "proved elsewhere"), rows)
    what = "Runs below what is proved elsewhere; the reader, the verifier or that proof is wrong"
    return f"{what}:\n\n{shown}" if shown else ""


def _late(records: Sequence[Record]) -> str:
    """One row a method and limit, with its latest run."""
    late: dict[tuple[str, float], list[Record]] = {}
    for record in records:
        used, limit = record["seconds"], record["limit_s"]
        budget = record.get("budget_s") or limit
        if used is not None and used > LATE[0] * budget + LATE[1]:
            late.setdefault((record["method"], limit), []).append(record)
    rows = []
    for (method, limit), runs in late.items():
        worst = max(runs, key=lambda r: r["seconds"])
        most = f"{seconds(worst['seconds'])} ({worst['instance']})"
        rows.append([method, f"{limit:g}", f"{len(runs)}", most])
    shown = table(("method", "limit, s", "runs", "latest, s"), rows)
    what = f"Runs that took more than {LATE[0]:g} times their limit and {LATE[1]:g} s"
    return f"{what}; their costs count all the same:\n\n{shown}" if shown else ""


def _where(runs: Sequence[Mapping]) -> str:
    names = dict.fromkeys(f"{case_of(r).instance} {case_of(r).objective}" for r in runs)
    shown = list(names)[:6]
    return ", ".join(shown) + (f", and {len(names) - 6} more" if len(names) > 6 else "")
