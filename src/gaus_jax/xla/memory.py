"""What an order of a program takes, step by step, and who takes it at the peak."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gaus_jax.core.profile import lifetimes
from gaus_jax.core.schedule import Schedule
from gaus_jax.core.sequence import starts
from gaus_jax.xla.offsets import Arena, Buffers, buffers_of, csv, pack_arena
from gaus_jax.xla.ordering import timeline
from gaus_jax.xla.program import Program


class Live(NamedTuple):
    """A buffer that is alive at the peak."""

    name: str
    operation: str  # what makes it
    source: str  # "file.py:12"; empty where unknown
    size: float  # bytes
    born: int  # step
    dies: int  # step, the last in which it is held


@dataclass(frozen=True, eq=False)
class MemoryReport:
    """The memory of one order."""

    program: Program
    order: np.ndarray  # (N,) int64, nodes by step
    timeline: np.ndarray  # (N,) float64, bytes in use in each step, residents left out
    at_peak: tuple[Live, ...]  # the largest first
    buffers: Buffers
    arena: Arena
    bound: float | None  # bytes, which no order goes below; None where not asked for

    @property
    def peak(self) -> float:
        """The most bytes in use in any step, residents left out."""
        return float(self.timeline.max(initial=0.0))

    @property
    def peak_step(self) -> int:
        """The first step in which the peak is reached."""
        return int(np.argmax(self.timeline)) if self.timeline.size else 0

    def csv(self) -> str:
        """The buffers in MiniMalloc's format, ``id,lower,upper,size``."""
        return csv(self.buffers)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        problem = self.program.problem
        names = self.buffers.ids
        return {
            "program": problem.name,
            "operations": int(np.count_nonzero(~self.program.is_store)),
            "peak": self.peak,
            "peak_step": self.peak_step,
            "bound": self.bound,
            "resident": self.program.resident,
            "outputs": self.program.outputs,
            "order": [problem.ids[i] for i in self.order],
            "timeline": self.timeline.tolist(),
            "live_at_peak": [live._asdict() for live in self.at_peak],
            "arena": {
                "size": self.arena.size,
                "rule": self.arena.rule,
                "offsets": dict(zip(names, self.arena.offset.tolist(), strict=True)),
            },
            "notes": list(self.program.notes),
        }

    def text(self, rows: int = 12) -> str:
        """A summary and the largest buffers at the peak, to read."""
        problem = self.program.problem
        count = np.count_nonzero(~self.program.is_store)
        lines = [
            f"{problem.name}: {count} operations, peak {_bytes(self.peak)} at step "
            f"{self.peak_step} of {problem.nodes}",
            f"arguments and constants {_bytes(self.program.resident)}, results "
            f"{_bytes(self.program.outputs)}, arena {_bytes(self.arena.size)} by {self.arena.rule}",
        ]
        if self.bound is not None:
            lines.append(f"no order goes below {_bytes(self.bound)}")
        if self.at_peak:
            lines.append("alive at the peak:")
        for live in self.at_peak[:rows]:
            place = f"  {live.source}" if live.source else ""
            lines.append(f"  {_bytes(live.size):>10}  {live.name} ({live.operation}){place}")
        if len(self.at_peak) > rows:
            rest = sum(live.size for live in self.at_peak[rows:])
            lines.append(f"  {_bytes(rest):>10}  in {len(self.at_peak) - rows} more")
        return "\n".join([*lines, *(f"note: {note}" for note in self.program.notes)])


def memory_report(
    program: Program, order: np.ndarray | None = None, bound: float | None = None
) -> MemoryReport:
    """Measure an order of a program; by default the program's own.

    Args:
        program: from `from_jaxpr`, `from_hlo` or `from_onnx`.
        order: (N,) int64, nodes by step.
        bound: bytes, which no order goes below, to be told beside the peak.
    """
    problem = program.problem
    nodes = np.arange(problem.nodes) if order is None else np.asarray(order, np.int64)
    used = timeline(problem, nodes)
    buffers = buffers_of(problem, nodes)
    live = _alive(program, nodes, int(np.argmax(used))) if used.size else ()
    return MemoryReport(program, nodes, used, live, buffers, pack_arena(buffers), bound)


def _alive(program: Program, nodes: np.ndarray, step: int) -> tuple[Live, ...]:
    """The buffers that are held in a step, and the workspace of its node."""
    problem = program.problem
    schedule = Schedule(starts(nodes), problem.nodes)
    birth, death = lifetimes(problem, schedule, "buffer")
    held = np.flatnonzero((birth <= step) & (step < death) & (problem.size > 0))

    def live(i: int, name: str, size: float, born: int, dies: int) -> Live:
        return Live(name, program.operation[i], program.source[i], float(size), born, dies)

    found = [
        live(int(i), problem.ids[i], problem.size[i], int(birth[i]), int(death[i]) - 1)
        for i in held
    ]
    runs = int(nodes[step])
    if problem.workspace[runs] > 0:
        name = f"{problem.ids[runs]}#workspace"
        found.append(live(runs, name, problem.workspace[runs], step, step))
    return tuple(sorted(found, key=lambda entry: -entry.size))


def _bytes(count: float) -> str:
    """With a unit that a reader can take in."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.2f} {unit}"
    return f"{count:.0f} B"
