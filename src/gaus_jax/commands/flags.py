"""What several commands declare and read alike: types of arguments, objectives, graphs, output."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.files import ensure_writable
from gaus_jax.base.settings import ObjectiveSettings
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.importers import labels, load
from gaus_jax.instances import INSTANCES, recipe
from gaus_jax.model.objective import AUTO, OBJECTIVES, constraint_names

Command = Callable[..., argparse.ArgumentParser]  # declares one: name, function, help

# Exit codes: all is done and legal; no legal schedule, or not all is done; bad usage or input; an
# error of this package.
DONE, FAILED, USAGE, INTERNAL = 0, 1, 2, 3


def ratio(text: str) -> float | str:
    """A weight of resources, or "balanced"."""
    return text if text == "balanced" else amount(text)


def amount(text: str) -> float:
    """A finite number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number of at least 0")
    return value


def limit(text: str) -> tuple[str, float]:
    """``CLASS=N``: a class and its units."""
    name, found, units = text.rpartition("=")
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not CLASS=N")
    return name, amount(units)


def interval(text: str) -> int | str:
    """An initiation interval, or "auto"."""
    value = text if text == AUTO else whole(text)
    if value == 0:
        raise argparse.ArgumentTypeError(f"{text} is no interval; give at least 1, or {AUTO}")
    return value


def whole(text: str) -> int:
    """A whole number of at least 0."""
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 0")
    return int(text)


def kappa(text: str) -> str:
    """A decimal of at least 1, as it was typed."""
    if amount(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1, the least feasible depth")
    return text


def add_objective(sub: argparse.ArgumentParser) -> None:
    """Declare what says which objective is meant."""
    sub.add_argument("--objective", metavar="O", help=f"one of {', '.join(OBJECTIVES)}")
    depth = sub.add_mutually_exclusive_group()
    depth.add_argument("--kappa", type=kappa, metavar="K", help="depth = ceil(K * ASAP length)")
    depth.add_argument("--depth", type=whole, metavar="D", help="latency bound, steps")
    text = "initiation interval; auto: the least that is found feasible, as in C by default"
    sub.add_argument("--ii", type=interval, metavar="N|auto", help=text)
    text = "units of a class; may be given several times"
    sub.add_argument("--limit", type=limit, action="append", metavar="CLASS=N", help=text)
    text = "of what is alive at once at an interval; a longer one is taken where it is not met"
    sub.add_argument("--register-limit", type=amount, metavar="N", help=text)
    text = "of the latency, on top of the objective"
    sub.add_argument("--latency-weight", type=amount, metavar="W", help=text)
    sub.add_argument("--ratio", type=ratio, metavar="R|balanced", help="weight of resources in A")
    sub.add_argument("--lifetime", choices=LIFETIMES, help="of values")


def objective_of(options: argparse.Namespace) -> dict[str, Any]:
    """What the flags of `add_objective` say of an objective."""
    names = ("kappa", "depth", "ratio", "lifetime", "ii", "latency_weight", "register_limit")
    asked = {name: getattr(options, name) for name in names} | {"name": options.objective}
    if options.limit:
        asked["limits"] = dict(options.limit)
    return {k: v for k, v in asked.items() if v is not None}


def check_lifetime(options: argparse.Namespace, asked: ObjectiveSettings) -> None:
    """Raise `SettingsError` for a lifetime that the objective has no place for."""
    if options.lifetime == "register" and "sequence" in constraint_names(asked):
        raise SettingsError(
            "--lifetime register is given; an order holds each value from its producer's step on: "
            "leave it out"
        )


def check_places(places: Mapping[str, str | None], *inputs: str | None) -> None:
    """Whatever a command is to write can be written, each file for itself.

    Args:
        places: flag -> path, None where it is not given.
        inputs: files that are read.

    Raises:
        SettingsError: two flags name one file.
        InputError: see `ensure_writable`.
    """
    taken: dict[str, str] = {}
    for flag, path in places.items():
        if not path:
            continue
        other = taken.setdefault(os.path.realpath(path), flag)
        if other != flag:
            raise SettingsError(f"{other} and {flag} name one file; give each its own")
        ensure_writable(path, *inputs)


def say(text: str) -> None:
    """Print, whatever the terminal can show; a reader that has gone is no failure."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        # What is left in the buffer must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def load_graph(options: argparse.Namespace) -> Problem:
    """The graph that is named: a file, or ``KIND:SIZE[:SEED]`` for a constructed one.

    Raises:
        InputError: it cannot be read, or the size is no whole number.
        SettingsError: flags of files beside a constructed one.
    """
    made = recipe(options.graph)
    if made is None:
        return load(options.graph, resources=options.resources, format=options.format)
    if options.resources or options.format:
        raise SettingsError(f"{options.graph} is constructed; leave --resources and --format out")
    return made.problem()


def graph_labels(options: argparse.Namespace) -> tuple[str, ...] | None:
    """What the program that the graph belongs to calls its nodes; None where it is their ids."""
    made = recipe(options.graph)
    return None if made else labels(options.graph, format=options.format)


def kinds() -> str:
    """The table of constructed graphs, one to a line."""
    width = max(map(len, INSTANCES))
    lines = [
        f"  {entry.name:{width}}  {entry.summary} (default {entry.default_size})"
        for entry in INSTANCES.values()
    ]
    return "\n".join(["kinds of constructed graphs:", *lines])
