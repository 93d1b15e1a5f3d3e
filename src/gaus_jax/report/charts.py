"""A pipelined schedule as text: its modulo reservation table, and its stages side by side."""

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.core.schedule import Schedule
from gaus_jax.report.summary import table

MOST_SLOTS = 200  # of a chart; more do not fit on any page


def charts(problem: Problem, schedule: Schedule) -> str:
    """Both, or a sentence on why there is none."""
    try:
        return f"{reservation_table(problem, schedule)}\n\n{stage_chart(problem, schedule)}"
    except ValueError as error:
        return f"no chart: {error}"


def reservation_table(problem: Problem, schedule: Schedule) -> str:
    """Which operations block the limited classes in each slot, a unit of demand as often.

    ``name'k`` is the operation of stage ``k``, ``k`` iterations back; a use of several cycles
    stands in each of them.

    Raises:
        ValueError: the schedule has no II, or one of more than `MOST_SLOTS`.
    """
    ii = _interval(schedule)
    classes = np.flatnonzero(np.isfinite(problem.limit) & (problem.work > 0))
    cells: list[list[list[str]]] = [[[] for _ in classes] for _ in range(ii)]
    column = {int(r): c for c, r in enumerate(classes)}
    for u in range(problem.use_node.size):
        c = column.get(int(problem.use_class[u]))
        if c is None or problem.use_demand[u] == 0:
            continue
        node = int(problem.use_node[u])
        for d in range(int(problem.use_occupancy[u])):
            step = int(schedule.start[node]) + d
            units = f"{problem.use_demand[u]:g}x " if problem.use_demand[u] != 1 else ""
            cells[step % ii][c].append(f"{units}{problem.ids[node]}'{step // ii}")
    head = ["slot"] + [f"{problem.classes[r]} ({problem.limit[r]:g})" for r in classes]
    rows = [[str(m), *(" ".join(cell) or "." for cell in row)] for m, row in enumerate(cells)]
    return table(head, rows)


def stage_chart(problem: Problem, schedule: Schedule) -> str:
    """A line an operation in order of start, its cycles drawn under the slots of its stages.

    Stages stand side by side, so that what shares a slot stands in the same column of each.
    ``#`` is a cycle of the operation, ``o`` the start of one that takes none (chained).

    Raises:
        ValueError: the schedule has no II, or one of more than `MOST_SLOTS`.
    """
    ii = _interval(schedule)
    stages = int(np.max(schedule.start + problem.duration - 1, initial=0)) // ii + 1
    width = max((len(name) for name in problem.ids), default=0)
    head = " " * width + "".join(f" |{'stage ' + str(k):<{ii}.{ii}}" for k in range(stages)) + " |"
    lines = [head]
    for node in np.lexsort((problem.rank, schedule.start)).tolist():
        begin, latency = int(schedule.start[node]), int(problem.latency[node])
        marks = ["."] * (stages * ii)
        marks[begin : begin + max(latency, 1)] = ["#"] * latency or ["o"]
        text = "".join(marks)
        cut = "".join(f" |{text[k * ii : (k + 1) * ii]}" for k in range(stages)) + " |"
        lines.append(f"{problem.ids[node]:<{width}}{cut}")
    return "\n".join(lines)


def _interval(schedule: Schedule) -> int:
    if schedule.ii is None:
        raise ValueError("the schedule has no initiation interval; solve objective C, or give --ii")
    if schedule.ii > MOST_SLOTS:
        raise ValueError(f"an interval of {schedule.ii} is more than the {MOST_SLOTS} of a chart")
    return schedule.ii
