"""The command line: arguments in, exit code out."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tqdm import tqdm

from gaus_jax.base.errors import InfeasibleError, InputError, MissingExtraError, SettingsError
from gaus_jax.base.files import ensure_writable
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.base.settings import Settings, override, preset, read_settings
from gaus_jax.base.versions import version
from gaus_jax.batch_commands import BatchFlags, add_batch
from gaus_jax.bench_commands import add_bench
from gaus_jax.cache import use_compilation_cache
from gaus_jax.core.problem import Problem
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.core.schedule import Schedule
from gaus_jax.importers import IMPORTERS, labels, load, save
from gaus_jax.instances import INSTANCES, generate
from gaus_jax.memory_commands import add_memory
from gaus_jax.model.objective import AUTO, OBJECTIVES
from gaus_jax.pareto import front
from gaus_jax.report.charts import charts
from gaus_jax.report.compare import compare, open_graph
from gaus_jax.report.front import ensure_plots, front_table, plot_front, write_front
from gaus_jax.report.rejudge import claimed, rejudged
from gaus_jax.report.result_file import read_result, write_result
from gaus_jax.report.schedule_file import (
    SCHEDULES,
    holds_schedule,
    read_schedule,
    schedule_writer,
)
from gaus_jax.report.summary import info, solved
from gaus_jax.rounds import Progress
from gaus_jax.solve import solve
from gaus_jax.sweep_commands import add_sweep

LEGAL, NONE, USAGE = 0, 1, 2


@INTERRUPTS.watched()
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0: done and legal, 1: no legal schedule, 2: bad usage or input."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except InfeasibleError as error:
        print(f"gaus-jax: infeasible: {error}", file=sys.stderr)
        return NONE
    except (InputError, SettingsError, MissingExtraError) as error:
        print(f"gaus-jax: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("gaus-jax: interrupted before there was a schedule", file=sys.stderr)
        return NONE


def _solve(options: argparse.Namespace) -> int:
    settings = _settings(options)
    _check_places(options)
    began = time.perf_counter()
    problem = _load(options)
    loaded = time.perf_counter() - began
    keep = _keeper(options, problem)
    if not options.no_cache:
        use_compilation_cache()
    quiet = options.quiet or not sys.stderr.isatty()
    if options.pareto:
        return _front(options, problem, settings)
    with tqdm(desc=problem.name, unit="round", disable=quiet) as bar:

        def report(progress: Progress) -> None:
            bar.total = progress.rounds
            bar.set_postfix(best=f"{progress.best:g}", seconds=f"{progress.seconds:.1f}")
            bar.update()

        result = solve(problem, settings=settings, key=options.seed, report=report, loaded=loaded)
    if not options.quiet:
        _say(solved(result))
    elif not result.legal:
        print(f"gaus-jax: {solved(result)}", file=sys.stderr)
    if options.chart and result.schedule is not None and not options.quiet:
        _say(charts(problem, result.schedule))
    if options.out:
        write_result(result, options.out)
    if result.schedule is not None and result.legal:
        keep(result.schedule)
    return LEGAL if result.legal else NONE


def _check_places(options: argparse.Namespace) -> None:
    """Whatever a solve is to write can be written, and fits what is asked."""
    if options.plot and not options.pareto:
        raise SettingsError("--plot draws a front; add --pareto N")
    if options.schedule and options.pareto:
        raise SettingsError("--schedule writes one schedule; leave --pareto out")
    if options.plot:
        ensure_plots()
    for path in filter(None, (options.out, options.plot, options.schedule)):
        ensure_writable(path, options.graph, options.resources, options.config)


def _keeper(options: argparse.Namespace, problem: Problem) -> Callable[[Schedule], None]:
    """What --schedule asks for; what it cannot write is found before the search, not after it."""
    if not options.schedule:
        return lambda schedule: None
    names = labels(options.graph, format=options.format)
    return schedule_writer(problem, options.schedule, names)


def _front(options: argparse.Namespace, problem: Problem, settings: Settings) -> int:
    """Many ratios at once: the table, and the file and the plot that are asked for."""
    found = front(problem, options.pareto, settings, key=options.seed)
    if not found.points:
        raise InfeasibleError(found.tried[0].reason)
    if not options.quiet:
        _say(f"{problem.name}\n{front_table(found)}")
    if options.out:
        write_front(found, options.out)
    if options.plot:
        plot_front(found, options.plot)
    return LEGAL


def _compare(options: argparse.Namespace) -> int:
    settings = _settings(options)
    problems = [open_graph(name, options.resources) for name in options.graphs]
    if not options.no_cache:
        use_compilation_cache()
    quiet = not sys.stderr.isatty()
    with tqdm(total=len(problems), unit="graph", disable=quiet, leave=False) as bar:
        text, good = compare(problems, settings, options.seed, lambda result: bar.update())
    asked = settings.objective
    depth = f"kappa {asked.kappa or 1}" if asked.depth is None else f"depth {asked.depth}"
    _say(f"objective {asked.name}, {depth}\n{text}\n")
    return LEGAL if good else NONE


def _verify(options: argparse.Namespace) -> int:
    problem, stated = _load(options), True
    if holds_schedule(options.result):
        names = labels(options.graph, format=options.format)
        schedule = read_schedule(problem, options.result, names)
        claim, stated = claimed(schedule, options.objective), False
    else:
        claim = read_result(options.result)
    claim = claim._replace(limits={**claim.limits, **dict(options.limit or ())})
    names = ("objective", "depth", "lifetime")
    asked = {name: getattr(options, name) for name in names}
    result = rejudged(problem, claim, **asked, where=str(options.result))
    _say(solved(result))
    if claim.sha256 not in (None, result.problem["sha256"]):
        print("note: the result was made for a problem of another content", file=sys.stderr)
    value = claim.objective.get("value")
    agrees = isinstance(value, int | float) and abs(value - result.value) <= 1e-9 * abs(value)
    agrees |= not stated  # a schedule alone says nothing of its worth
    if not agrees:
        print(f"the file states {value}, measured {result.value:.17g}", file=sys.stderr)
    return LEGAL if result.legal and agrees else NONE


def _info(options: argparse.Namespace) -> int:
    _say(info(_load(options), options.kappa))
    return LEGAL


def _convert(options: argparse.Namespace) -> int:
    ensure_writable(options.out)
    save(_load(options), options.out, format=options.to)
    return LEGAL


def _generate(options: argparse.Namespace) -> int:
    ensure_writable(options.out)
    entry = INSTANCES[options.kind]
    size = options.size if options.size is not None else entry.default_size
    save(generate(options.kind, size, seed=options.seed), options.out)
    return LEGAL


def _say(text: str) -> None:
    """Print, whatever the terminal can show; a reader that has gone is no failure."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        # What is left in the buffer must not fail once more when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _load(options: argparse.Namespace):
    return load(options.graph, resources=options.resources, format=options.format)


def _settings(options: argparse.Namespace) -> Settings:
    """The file, then --set, then the flags; what is not given is left alone."""
    base = preset(options.preset) if options.preset else None
    settings = read_settings(options.config, options.set, base)
    flags = {name: getattr(options, name) for name in ("time_limit", "wall", "memory_limit")}
    tree: dict[str, Any] = {k: v for k, v in flags.items() if v is not None}
    tree["objective"] = _objective(options, settings.objective.limits)
    return override(settings, tree, "command line")


def _objective(options: argparse.Namespace, limits: Mapping[str, float]) -> dict[str, Any]:
    """What the flags of `_add_objective` say of an objective; limits join those there are."""
    names = ("kappa", "depth", "ratio", "lifetime", "ii", "latency_weight", "register_limit")
    asked = {name: getattr(options, name) for name in names} | {"name": options.objective}
    if options.limit:
        asked["limits"] = {**limits, **dict(options.limit)}
    return {k: v for k, v in asked.items() if v is not None}


def _ratio(text: str) -> float | str:
    return text if text == "balanced" else _positive(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number of at least 0")
    return value


def _limit(text: str) -> tuple[str, float]:
    name, found, units = text.rpartition("=")
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is not CLASS=N")
    return name, _positive(units)


def _interval(text: str) -> int | str:
    return text if text == AUTO else _whole(text)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 0")
    return int(text)


def _kappa(text: str) -> str:
    if _positive(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1, the least feasible depth")
    return text


def _add_objective(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--objective", metavar="O", help=f"one of {', '.join(OBJECTIVES)}")
    depth = sub.add_mutually_exclusive_group()
    depth.add_argument("--kappa", type=_kappa, metavar="K", help="depth = ceil(K * ASAP length)")
    depth.add_argument("--depth", type=_whole, metavar="D", help="latency bound, steps")
    text = "initiation interval; auto: the least that is found feasible, as in C by default"
    sub.add_argument("--ii", type=_interval, metavar="N|auto", help=text)
    text = "units of a class; may be given several times"
    sub.add_argument("--limit", type=_limit, action="append", metavar="CLASS=N", help=text)
    text = "of what is alive at once at an interval; a longer one is taken where it is not met"
    sub.add_argument("--register-limit", type=_positive, metavar="N", help=text)
    text = "of the latency, on top of the objective"
    sub.add_argument("--latency-weight", type=_positive, metavar="W", help=text)
    sub.add_argument("--ratio", type=_ratio, metavar="R|balanced", help="weight of resources in A")
    sub.add_argument("--lifetime", choices=LIFETIMES, help="of values")


def _add_settings(sub: argparse.ArgumentParser) -> None:
    _add_objective(sub)
    sub.add_argument("--preset", metavar="NAME", help="shipped settings to start from: paper")
    sub.add_argument("--config", metavar="FILE.toml", help="settings on top of the preset")
    sub.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="key=value",
        help="one setting, such as optimise.steps=300; configs/presets/default.toml has them all",
    )
    sub.add_argument(
        "--time-limit", type=_positive, metavar="S", help="seconds of search, compilation apart"
    )
    sub.add_argument("--wall", type=_positive, metavar="S", help="seconds of everything")
    text = "of this process; a smaller form of the search is chosen to stay below"
    sub.add_argument("--memory-limit", type=_positive, metavar="MB", help=text)
    sub.add_argument("--seed", type=_whole, default=0, metavar="N", help="of all that is random")
    sub.add_argument("--no-cache", action="store_true", help="no compilation cache on disk")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gaus-jax", description="Differentiable operator scheduling in JAX."
    )
    known = f"gaus-jax {version('gaus-jax')}"
    parser.add_argument("--version", action="version", version=known)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    known = ", ".join(IMPORTERS)

    def command(
        name: str, run, text: str, graph: bool = True, more: str | None = None
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=more,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=run)
        if graph:
            sub.add_argument("graph", metavar="GRAPH", help=f"a graph file ({known}), or .gz")
            sub.add_argument("--resources", metavar="XML", help="resource model of a GraphML file")
            sub.add_argument("--format", help=f"of GRAPH, where its name does not say: {known}")
        return sub

    _add_solvers(command)
    _add_tools(command)
    kinds = {"seconds": _positive, "count": _whole, "interval": _interval}
    add_bench(command, kinds)
    add_sweep(command, kinds)
    add_batch(command, BatchFlags(_add_objective, _objective, _whole))
    add_memory(command, kinds)
    return parser


def _add_solvers(command: Callable[..., argparse.ArgumentParser]) -> None:
    sub = command("solve", _solve, "schedule a graph")
    _add_settings(sub)
    sub.add_argument("--out", metavar="RESULT.json", help="where to write the result")
    known = ", ".join(f"{entry.name} ({entry.suffix})" for entry in SCHEDULES.values())
    text = f"where to write the schedule for another program: {known}"
    sub.add_argument("--schedule", metavar="FILE", help=text)
    text = "objective A under N ratios at once: the schedules that none dominates"
    sub.add_argument("--pareto", type=_whole, metavar="N", help=text)
    sub.add_argument("--plot", metavar="FILE.png", help="of the front")
    text = "print a pipelined schedule as reservation table and stages"
    sub.add_argument("--chart", action="store_true", help=text)
    sub.add_argument("--quiet", action="store_true", help="print nothing but errors")

    text = "schedule graphs and compare with the baselines"
    sub = command("compare", _compare, text, graph=False, more=_kinds())
    sub.add_argument("graphs", nargs="+", metavar="GRAPH", help="a graph file, or KIND:SIZE")
    sub.add_argument("--resources", metavar="XML", help="resource model of GraphML files")
    _add_settings(sub)


def _add_tools(command: Callable[..., argparse.ArgumentParser]) -> None:
    sub = command("verify", _verify, "check a result against its graph")
    text = "a result, or a schedule as --schedule of solve writes it"
    sub.add_argument("result", metavar="RESULT.json|.csv|.mlir", help=text)
    text = "units of a class that the schedule was made under; may be given several times"
    sub.add_argument("--limit", type=_limit, action="append", metavar="CLASS=N", help=text)
    sub.add_argument("--objective", metavar="O", help="by default the one that the result states")
    sub.add_argument("--depth", type=_whole, metavar="D", help="by default the result's")
    sub.add_argument("--lifetime", choices=LIFETIMES, help="by default the result's")

    sub = command("info", _info, "sizes, depth, mobility and bounds of a graph")
    sub.add_argument("--kappa", type=_kappa, default="1", metavar="K")

    sub = command("convert", _convert, "write a graph in another format")
    sub.add_argument("out", metavar="OUT")
    sub.add_argument("--to", metavar="FORMAT", help="where the name of OUT does not say")

    sub = command("generate", _generate, "construct a real graph", graph=False, more=_kinds())
    sub.add_argument("kind", metavar="KIND", help="one of those below")
    sub.add_argument("--size", type=_whole, metavar="N", help="what it means depends on the kind")
    sub.add_argument("--seed", type=_whole, default=0, metavar="N", help="of the random kinds")
    sub.add_argument("--out", required=True, metavar="FILE", help="its name says the format")


def _kinds() -> str:
    """The table of constructed graphs, one to a line."""
    width = max(map(len, INSTANCES))
    lines = [
        f"  {entry.name:{width}}  {entry.summary} (default {entry.default_size})"
        for entry in INSTANCES.values()
    ]
    return "\n".join(["kinds of constructed graphs:", *lines])


if __name__ == "__main__":
    sys.exit(main())
