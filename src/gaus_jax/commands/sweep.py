"""The command ``sweep``: arguments in, exit code out."""

import argparse
import math
import sys

from tqdm import tqdm

from gaus_jax.batch.sweep.config import read_sweep
from gaus_jax.batch.sweep.found import found_in
from gaus_jax.batch.sweep.run import Step, run_sweep
from gaus_jax.cache import use_compilation_cache
from gaus_jax.commands import flags
from gaus_jax.commands.flags import DONE, FAILED, Command
from gaus_jax.report.sweep.page import top, write_summary
from gaus_jax.report.sweep.plots import ensure_plots, plot_sweep

SHOWN = 10  # points of the table on the terminal


def add_sweep(command: Command) -> None:
    """Declare it."""
    text = "try many settings on the same graphs, and say which are best"
    sub = command("sweep", _sweep, text, graph=False)
    sub.add_argument("config", metavar="CONFIG.toml", help="as those in configs/sweep")
    text = "records, tables and the best settings; what it holds is not run again"
    sub.add_argument("--out", required=True, metavar="DIR", help=text)
    sub.add_argument("--yes", action="store_true", help="yes, so many runs are meant")
    text = "seconds of the whole command; what is not done by then is done when it is begun again"
    sub.add_argument("--time-limit", type=flags.amount, metavar="S", help=text)
    sub.add_argument("--plot", action="store_true", help="parallel coordinates and sensitivities")
    sub.add_argument("--no-cache", action="store_true", help="no compilation cache on disk")
    sub.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _sweep(options: argparse.Namespace) -> int:
    sweep = read_sweep(options.config)
    if options.plot:
        ensure_plots()
    if not options.no_cache:
        use_compilation_cache()
    seconds = math.inf if options.time_limit is None else options.time_limit
    quiet = options.quiet or not sys.stderr.isatty()
    notice = lambda text: print(text, file=sys.stderr)  # noqa: E731
    with tqdm(unit="run", disable=quiet) as bar:

        def report(step: Step) -> None:
            bar.set_description(f"rung {step.rung + 1} of {step.rungs}")
            bar.total, bar.n = step.runs, step.done
            bar.update(0)

        try:
            how = {"yes": options.yes, "seconds": seconds}
            done = run_sweep(sweep, options.out, **how, report=report, notice=notice)
        except KeyboardInterrupt:
            notice(f"gaus-jax: interrupted; {options.out} holds what is done")
            return FAILED
    found = found_in(sweep, options.out)
    written = write_summary(sweep, found, options.out)
    written += plot_sweep(sweep.names, found, options.out) if options.plot else []
    if not options.quiet:
        print(top(sweep, found, SHOWN))
        print(*written, sep="\n", flush=True)
    if not done:
        notice(f"gaus-jax: the time is up; begin the same command again to go on in {options.out}")
    return DONE if done else FAILED
