"""The commands ``solve`` and ``compare``: arguments in, exit code out."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from tqdm import tqdm

from gaus_jax.base.errors import InfeasibleError, SettingsError
from gaus_jax.base.settings import ObjectiveSettings, Settings, preset, read_settings
from gaus_jax.cache import use_compilation_cache
from gaus_jax.commands import flags
from gaus_jax.commands.flags import DONE, FAILED, Command
from gaus_jax.core.problem import Problem
from gaus_jax.core.result import INTERRUPTED, Result
from gaus_jax.core.schedule import Schedule
from gaus_jax.model.objective import OBJECTIVES, constraint_names
from gaus_jax.pareto import check_front, front
from gaus_jax.report.charts import charts
from gaus_jax.report.compare import compare, open_graph
from gaus_jax.report.front import front_table, picture_format, plot_front, write_front
from gaus_jax.report.result_file import write_result
from gaus_jax.report.schedule_file import SCHEDULES, schedule_writer
from gaus_jax.report.summary import solved
from gaus_jax.rounds import Progress
from gaus_jax.solve import solve


def add_solvers(command: Command) -> None:
    """Declare both."""
    sub = command("solve", _solve, "schedule a graph")
    _add_settings(sub)
    sub.add_argument("--out", metavar="RESULT.json", help="where to write the result")
    known = ", ".join(f"{entry.name} ({entry.suffix})" for entry in SCHEDULES.values())
    text = f"where to write the schedule for another program: {known}"
    sub.add_argument("--schedule", metavar="FILE", help=text)
    text = "objective A under N ratios at once: the schedules that none dominates"
    sub.add_argument("--pareto", type=flags.whole, metavar="N", help=text)
    sub.add_argument("--plot", metavar="FILE.png", help="of the front")
    text = "print a pipelined schedule as reservation table and stages"
    sub.add_argument("--chart", action="store_true", help=text)
    sub.add_argument("--quiet", action="store_true", help="print nothing but errors")

    text = "schedule graphs and compare with the baselines"
    sub = command("compare", _compare, text, graph=False, more=flags.kinds())
    sub.add_argument("graphs", nargs="+", metavar="GRAPH", help="a graph file, or KIND:SIZE")
    sub.add_argument("--resources", metavar="XML", help="resource model of GraphML files")
    _add_settings(sub)


def _add_settings(sub: argparse.ArgumentParser) -> None:
    flags.add_objective(sub)
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
        "--time-limit", type=flags.amount, metavar="S", help="seconds of search, compilation apart"
    )
    sub.add_argument("--wall", type=flags.amount, metavar="S", help="seconds of everything")
    text = "of this process; a smaller form of the search is chosen to stay below"
    sub.add_argument("--memory-limit", type=flags.amount, metavar="MB", help=text)
    sub.add_argument(
        "--seed", type=flags.whole, default=0, metavar="N", help="of all that is random"
    )
    sub.add_argument("--no-cache", action="store_true", help="no compilation cache on disk")


def _solve(options: argparse.Namespace) -> int:
    settings = _settings(options)
    _check_places(options, settings)
    began = time.perf_counter()
    problem = flags.load_graph(options)
    loaded = time.perf_counter() - began
    keep = _keeper(options, problem)
    if not options.no_cache:
        use_compilation_cache()
    quiet = options.quiet or not sys.stderr.isatty()
    if options.pareto is not None:
        return _front(options, problem, settings)
    with tqdm(desc=problem.name, unit="round", disable=quiet) as bar:

        def report(progress: Progress) -> None:
            bar.total = progress.rounds
            bar.set_postfix(best=f"{progress.best:g}", seconds=f"{progress.seconds:.1f}")
            bar.update()

        result = solve(problem, settings=settings, key=options.seed, report=report, loaded=loaded)
    if not options.quiet:
        flags.say(solved(result))
    elif not result.legal:
        print(f"gaus-jax: {solved(result)}", file=sys.stderr)
    if options.chart and result.schedule is not None and not options.quiet:
        flags.say(charts(problem, result.schedule))
    if options.out:
        write_result(result, options.out)
    if result.schedule is not None and result.legal:
        keep(result.schedule)
    return DONE if result.legal else FAILED


def _check_places(options: argparse.Namespace, settings: Settings) -> None:
    """Whatever a solve is to write can be written, and fits what is asked."""
    if options.pareto is None:
        if options.plot:
            raise SettingsError("--plot draws a front; add --pareto N")
    else:
        check_front(options.pareto, settings)
        if options.schedule:
            raise SettingsError("--schedule writes one schedule; leave --pareto out")
        if options.chart:
            raise SettingsError("--chart draws one schedule; leave --pareto out")
    if options.plot:
        picture_format(options.plot)
    names = ("out", "plot", "schedule")
    places = {f"--{name}": getattr(options, name) for name in names}
    flags.check_places(places, options.graph, options.resources, options.config)


def _keeper(options: argparse.Namespace, problem: Problem) -> Callable[[Schedule], None]:
    """What --schedule asks for; what it cannot write is found before the search, not after it."""
    if not options.schedule:
        return lambda schedule: None
    return schedule_writer(problem, options.schedule, flags.graph_labels(options))


def _front(options: argparse.Namespace, problem: Problem, settings: Settings) -> int:
    """Many ratios at once: the table, and the file and the plot that are asked for."""
    found = front(problem, options.pareto, settings, key=options.seed)
    if not found.points:
        raise InfeasibleError(found.tried[0].reason)
    if not options.quiet:
        flags.say(f"{problem.name}\n{front_table(found)}")
        _say_interrupted(found.tried)
    if options.out:
        write_front(found, options.out)
    if options.plot:
        plot_front(found, options.plot)
    return DONE


def _compare(options: argparse.Namespace) -> int:
    settings = _settings(options)
    problems = [open_graph(name, options.resources) for name in options.graphs]
    if not options.no_cache:
        use_compilation_cache()
    quiet = not sys.stderr.isatty()
    with tqdm(total=len(problems), unit="graph", disable=quiet, leave=False) as bar:
        results: list[Result] = []

        def report(result: Result) -> None:
            results.append(result)
            bar.update()

        text, good = compare(problems, settings, options.seed, report)
    asked = settings.objective
    flags.say(f"objective {asked.name}{_bound(asked)}\n{text}\n")
    _say_interrupted(results)
    return DONE if good else FAILED


def _say_interrupted(results: Sequence[Result]) -> None:
    if any(result.interrupted for result in results):
        flags.say(INTERRUPTED)


def _bound(asked: ObjectiveSettings) -> str:
    """What bounds the latency, as the end of a heading; empty where nothing does."""
    if "sequence" in constraint_names(asked):
        return ""
    if asked.depth is not None:
        return f", depth {asked.depth}"
    kappa = asked.kappa or ("1" if asked.weights else OBJECTIVES[asked.name].kappa)
    return f", kappa {kappa}" if kappa else ""


def _settings(options: argparse.Namespace) -> Settings:
    """The file over the preset, then --set and the flags; what is not given is left alone."""
    base = preset(options.preset) if options.preset else None
    limits = {name: getattr(options, name) for name in ("time_limit", "wall", "memory_limit")}
    tree: dict[str, Any] = {k: v for k, v in limits.items() if v is not None}
    tree["objective"] = flags.objective_of(options)
    settings = read_settings(options.config, options.set, base, tree)
    flags.check_lifetime(options, settings.objective)
    return settings
