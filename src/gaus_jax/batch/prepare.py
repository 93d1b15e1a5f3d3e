"""Before the device: a loaded problem as windows, hints, bounds and bare arrays."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gaus_jax.base.batch import BatchSettings, answers
from gaus_jax.base.clock import Clock
from gaus_jax.base.errors import InfeasibleError, NotFoundError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, override
from gaus_jax.batch.items import Item
from gaus_jax.batch.orders import ordered_by_count
from gaus_jax.bounds.bound import UNTIMED
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import Result
from gaus_jax.model.judge import no_schedule
from gaus_jax.model.objective import constraint_names
from gaus_jax.optimise.starts import STARTS
from gaus_jax.prepare import bound_below, prepare
from gaus_jax.relax.pack import Shape, shape_of
from gaus_jax.relax.packed import Graph
from gaus_jax.task import Task


@dataclass(eq=False)
class Ready:
    """A graph on its way, with its place in the input and its own clock."""

    index: int
    item: Item
    settings: Settings  # its objective; nothing else of them counts
    task: Task
    graph: Graph  # what the objective reads of the task's
    kind: tuple  # graphs of another kind run another program
    shape: Shape  # unpadded sizes
    clock: Clock
    means: np.ndarray | None = None  # (K, N) float64, steps, that the gradient found
    reason: str = ""  # why there was no gradient where there should have been one


def made_ready(
    index: int,
    item: Item,
    settings: BatchSettings,
    seed: int,
    load: Callable[[Item], Problem] = Item.load,
) -> Ready | Result:
    """Load and prepare one item; the result of one without a schedule, or of an order.

    Its seed depends on its content and ``seed`` alone.

    Raises:
        InputError: of its file.
        SettingsError: of its own settings.
    """
    clock = Clock()
    with clock.stage("load"):
        problem = load(item)
    objective = override(settings.objective, item.objective, item.name)
    check_objective(objective)
    about = {"settings": answers(settings), "seed": seed}
    if "sequence" in constraint_names(objective):
        return ordered_by_count(problem, objective, settings, seed, clock, about)
    own = Settings(objective=objective, bound_limit=UNTIMED, proof_share=0.0)
    try:
        task, interrupted = prepare(problem, own, seed, clock, None)
    except InfeasibleError as error:
        status = "failed" if isinstance(error, NotFoundError) else "infeasible"
        timings = clock.timings
        return no_schedule(problem, objective.name, str(error), status, timings=timings, **about)
    if interrupted:
        raise KeyboardInterrupt
    bound_below(task, own, clock)
    graph = bare(task)
    model = task.objective
    kind = (model.terms, model.constraints, graph.spans, graph.folds)
    return Ready(index, item, own, task, graph, kind, sizes(graph), clock)


def check_objective(objective: ObjectiveSettings) -> None:
    """Raise `SettingsError` for what is searched one problem at a time."""
    if objective.register_limit is not None:
        raise SettingsError("register_limit is not for a batch; use solve for each")


def bare(task: Task) -> Graph:
    """The task's graph without what its objective does not read, so that more graphs are alike."""
    graph, objective = task.graph, task.objective
    terms = {term for term, weight in objective.weights.items() if weight > 0}
    names = {constraint.name for constraint in objective.constraints}
    if "peak_usage" not in terms and "resource" not in names:
        none = {name: part[:0] for name, part in vars(graph.usage).items()}
        usage = type(graph.usage)(**none)
        base = np.zeros((1, graph.live_base.size))
        one = {name: np.ones(1) for name in ("class_cost", "limit", "unit")}
        graph = dataclasses.replace(graph, usage=usage, usage_base=base, spans=False, **one)
    if "peak_live" not in terms:
        changes = {name: part[:0] for name, part in vars(graph.changes).items()}
        lasts = {name: part[:0] for name, part in vars(graph.lasts).items()}
        graph = dataclasses.replace(
            graph, changes=type(graph.changes)(**changes), lasts=type(graph.lasts)(**lasts)
        )
    return graph


def sizes(graph: Graph) -> Shape:
    """The sizes of a flattened graph before any padding."""
    return shape_of(graph)._replace(
        free=graph.low.size,
        fixed=graph.fixed_start.size,
        edges=graph.tail.size,
        uses=graph.usage.node.size,
        changes=graph.changes.node.size,
        values=graph.lasts.weight.size,
        consumers=graph.lasts.value.size,
        steps=graph.live_base.size,
    )


def first_means(ready: Ready, settings: BatchSettings) -> np.ndarray:
    """Where the lanes begin, (K, F) float64, steps: in turn the starts that there are."""
    task = ready.task
    rng = np.random.default_rng([task.seed, 0])
    means = []
    for lane in range(settings.lanes):
        name = settings.starts[lane % len(settings.starts)]
        if name in STARTS:
            means.append(STARTS[name].means(task.window, rng))
        else:
            means.append(task.hints.get(name, task.best).start)
    return np.stack(means)[:, task.free].astype(float)


def steps_of(ready: Ready, settings: BatchSettings) -> int:
    """Its budget of gradient steps, in whole chunks: none where moves alone search it."""
    task, free = ready.task, ready.task.free.size
    if task.solved or free < settings.least_nodes:
        return 0
    if task.objective.limited and not settings.under_limits:
        return 0
    asked = min(settings.optimise.steps, settings.steps_a_node * free)
    return settings.chunk * -int(-asked // settings.chunk)
