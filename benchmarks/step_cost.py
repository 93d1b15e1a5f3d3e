"""Milliseconds and temporary memory of one step (loss and gradient), dense, windowed and as hats.

.venv/bin/python benchmarks/step_cost.py --out results/step_cost.jsonl
"""

import argparse
import functools as ft
import resource
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from common import append, named, provenance

from gaus_jax import ObjectiveSettings, Problem
from gaus_jax.base.settings import RelaxSettings, Settings
from gaus_jax.instances.random import layered
from gaus_jax.model.resolve import resolve
from gaus_jax.optimise.loop import Recipe, knobs_at, loss_and_gradient
from gaus_jax.optimise.numbers import numbers, traced
from gaus_jax.relax.flatten import flatten
from gaus_jax.relax.gaussian import Params
from gaus_jax.relax.pack import pack, shape_of

NAMES = ("rw_1000_1", "rw_5000_1", "rw_10000_1", "sin", "log2", "div", "layered_200000")
MOST_BYTES = 6e9  # a form that needs more is reported, not run


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=Path("results/step_cost.jsonl"))
    options.add_argument("--only", nargs="*", default=NAMES)
    options.add_argument("--width", type=int, default=RelaxSettings().window)
    chosen = options.parse_args()
    about = provenance()
    for name in chosen.only:
        problem = layered(200_000, 25_000, 0) if name.startswith("layered") else named(name)
        for objective in "AB":
            for evaluation in ("hat", "window", "dense"):
                record = measure(problem, objective, evaluation, chosen.width)
                append(chosen.out, {"instance": name, **record, **about})
                print(name, record, flush=True)


def measure(problem: Problem, name: str, evaluation: str, width: int) -> dict:
    """Compile one step for one lane and time it warm, in the middle of the annealing."""
    objective, frame = resolve(ObjectiveSettings(name=name), problem)
    graph, free = flatten(problem, frame, objective.lifetime, list(objective.weights.values()))
    packed = pack([graph], [free], shape_of(graph), jnp.float32)
    one = jax.tree.map(lambda leaf: leaf[0], packed.graph)
    settings = Settings(relax=RelaxSettings(window=width))
    recipe = Recipe(objective.terms, objective.constraints, *traced(settings))
    own = jax.tree.map(lambda leaf: leaf[0], numbers([settings], jnp.float32))
    rng = np.random.default_rng(0)
    mean = one.low + one.mobility * rng.uniform(0.3, 0.7, one.low.shape).astype(np.float32)
    params = Params(mean, jnp.log(jnp.maximum(0.15 * one.mobility, 0.05)))

    @ft.partial(jax.jit, static_argnames=("evaluation",))
    def step(graph, params, evaluation):
        knobs = knobs_at(own, params, jnp.float32(0.3), recipe)
        multiplier = jnp.zeros_like(graph.reach)
        return loss_and_gradient(graph, params, multiplier, knobs, recipe, evaluation)

    began = time.perf_counter()
    program = step.lower(one, params, evaluation).compile()
    compiled = time.perf_counter() - began
    memory = program.memory_analysis().temp_size_in_bytes
    record = {
        "objective": name,
        "evaluation": evaluation,
        "width": width,
        "nodes": problem.nodes,
        "edges": problem.edges,
        "depth": objective.depth,
        "compile_s": round(compiled, 2),
        "temp_mb": round(memory / 1e6, 1),
    }
    if memory > MOST_BYTES:
        return record | {"step_ms": None}
    jax.block_until_ready(program(one, params))
    times, until = [], time.perf_counter() + 3.0
    while len(times) < 5 or (time.perf_counter() < until and len(times) < 200):
        began = time.perf_counter()
        jax.block_until_ready(program(one, params))
        times.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return record | {
        "step_ms": round(1e3 * float(np.median(times)), 3),
        "process_peak_mb": round(peak / 1e6),
    }


if __name__ == "__main__":
    main()
