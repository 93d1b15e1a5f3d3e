"""Run on two forced host devices by `test_devices`: the same answers as on one."""

import json
import sys

import jax
import numpy as np
from jax.sharding import Mesh

from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.batch.buckets import Bucket
from gaus_jax.batch.items import Item
from gaus_jax.batch.lanes import Lanes
from gaus_jax.batch.prepare import Ready, made_ready
from gaus_jax.batch.sharded import sharded_loss_and_gradient, shared_out
from gaus_jax.batch.solve import solve_batch
from gaus_jax.instances.random import workload
from gaus_jax.model.resolve import resolve
from gaus_jax.optimise.loop import Knobs, Recipe, loss_and_gradient
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.gaussian import Params
from gaus_jax.relax.pack import bucket, pad, shape_of
from tests.batch.small import SETTINGS, problems


def starts(mesh: Mesh) -> dict[str, list[int]]:
    found = solve_batch(problems(), settings=SETTINGS, mesh=mesh)
    return {s.name: s.result.schedule.start.tolist() for s in found if s.result}


def means(mesh: Mesh) -> list[list[float]]:
    """What the gradient leads two random graphs to, by graph."""
    ready = [
        made_ready(k, Item(name="", problem=workload(56, 1.5, 40 + k)), SETTINGS, 0)
        for k in range(2)
    ]
    assert all(isinstance(one, Ready) for one in ready)
    shape = type(ready[0].shape)(*map(max, *(one.shape for one in ready)))
    lanes = Lanes(Bucket(ready[0].kind, shape), 2, SETTINGS, mesh)
    lanes.waiting.extend(ready)
    out: list[Ready] = []
    while len(out) < len(ready):
        out += lanes.advance()
    return [one.means.ravel().tolist() for one in sorted(out, key=lambda one: one.index)]


def one_graph(mesh: Mesh, evaluation: str) -> list[float]:
    """Differences between one device and two: of the loss, and the most of the gradient."""
    problem = workload(150, 2.0, 3)
    weights = {"peak_usage": 0.01, "communication": 1.0, "peak_live": 0.1, "latency": 1.0}
    about = ObjectiveSettings(name="all", weights=weights, kappa="1.5")
    objective, window = resolve(about, problem)
    flat, _ = flatten(problem, window, "register", list(objective.weights.values()))
    shape = shape_of(flat)._replace(free=bucket(flat.low.size) + bucket(flat.low.size) % 2)
    graph = pad(flat, shape)
    rng = np.random.default_rng(0)
    mean = np.float32(graph.low + rng.random(graph.low.size) * (graph.high - graph.low))
    std = np.full_like(mean, 0.7)
    knobs = Knobs(std, *np.float32([0.1, 0.5, 7.0]))
    recipe = Recipe(objective.terms, objective.constraints, SETTINGS.relax, SETTINGS.optimise)
    params = Params(mean, np.log(std))
    real = lambda a: a.astype(np.float32) if a.dtype.kind == "f" else a  # noqa: E731
    one = jax.jit(lambda g, p: loss_and_gradient(g, p, np.zeros(0), knobs, recipe, evaluation))
    value, gradient = one(jax.tree.map(real, graph), params)
    two = jax.jit(lambda g, p: sharded_loss_and_gradient(g, p, knobs, recipe, evaluation, mesh))
    shared = jax.tree.map(real, shared_out(graph, 2))
    value2, gradient2 = two(shared, params)
    most = np.abs(np.asarray(gradient.mean)).max()
    apart = np.abs(np.asarray(gradient.mean) - np.asarray(gradient2.mean)).max()
    return [abs(float(value2) / float(value) - 1), float(apart / most), float(most)]


devices = np.array(jax.devices())
assert devices.size == 2, devices
one, both = Mesh(devices[:1], ("batch",)), Mesh(devices, ("batch",))
found = {
    "same": starts(both) == starts(one),
    "means": means(both) == means(one),
    "graph": {name: one_graph(both, name) for name in ("hat", "window")},
}
json.dump(found, sys.stdout)
