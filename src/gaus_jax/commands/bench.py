"""The commands ``bench`` and ``report``: arguments in, exit code out."""

import argparse
import sys
from pathlib import Path
from typing import Any

from gaus_jax.base.errors import UnsoundBoundError
from gaus_jax.bench.config import read_config
from gaus_jax.bench.plan import Choice, narrowed, runs
from gaus_jax.bench.run import run_all
from gaus_jax.cache import use_compilation_cache
from gaus_jax.commands import flags
from gaus_jax.commands.flags import DONE, FAILED, INTERNAL, Command
from gaus_jax.report.bench.page import write_report


def add_bench(command: Command) -> None:
    """Declare both."""
    text = "run the methods of a configuration on its instances, and record it"
    sub = command("bench", _bench, text, graph=False)
    sub.add_argument("config", metavar="CONFIG.toml", help="as those in configs/bench")
    sub.add_argument("--out", required=True, metavar="DIR", help="what it holds is not run again")
    add = sub.add_argument
    several: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
    add("--only", **several, metavar="NAME", help="instances or sets, globs too")
    add("--method", **several, metavar="LABEL", help="globs too")
    add("--objective", **several, metavar="O")
    add("--kappa", **several, metavar="K")
    add("--limit", **several, type=flags.amount, metavar="S", help="seconds")
    add("--seeds", type=flags.whole, metavar="N", help="so many")
    add("--workers", type=flags.whole, metavar="N", help="runs at once")
    add("--ii", type=flags.interval, metavar="N", help="interval of C, or auto")
    add("--again", action="store_true", help="make failed and refused runs again")

    text = "tables and plots of the records of a folder"
    sub = command("report", _report, text, graph=False)
    sub.add_argument("folder", metavar="DIR", help="what bench wrote")
    sub.add_argument("--out", metavar="FILE.md", help="by default report.md in DIR")
    sub.add_argument("--best-known", metavar="FILE.toml", help="costs and bounds from elsewhere")


def _bench(options: argparse.Namespace) -> int:
    choice = Choice(
        only=options.only,
        methods=options.method,
        objectives=options.objective,
        kappas=options.kappa,
        limits=options.limit,
        seeds=options.seeds,
        workers=options.workers,
        ii=options.ii,
    )
    config = narrowed(read_config(options.config), choice)
    if not config.isolate:
        use_compilation_cache()
    say = lambda text: print(text, flush=True)  # noqa: E731
    planned = runs(config, choice.only)
    try:
        failed = run_all(
            config, planned, Path(options.out), source=options.config, again=options.again, say=say
        )
    except UnsoundBoundError as error:
        print(f"gaus-jax: internal error: {error}", file=sys.stderr)
        return INTERNAL
    except KeyboardInterrupt:
        print(f"gaus-jax: interrupted; {options.out} holds what is done", file=sys.stderr)
        return FAILED
    say(f"{failed} failed" if failed else "none failed")
    return FAILED if failed else DONE


def _report(options: argparse.Namespace) -> int:
    say = lambda text: print(text, file=sys.stderr)  # noqa: E731
    try:
        path = write_report(options.folder, options.out, options.best_known, say=say)
    except UnsoundBoundError as error:
        print(f"gaus-jax: internal error: {error}", file=sys.stderr)
        return INTERNAL
    print(path)
    return DONE
