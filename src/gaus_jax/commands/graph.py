"""The commands on single graphs: ``verify``, ``info``, ``convert``, ``generate``."""

import argparse
import sys

from gaus_jax.base.files import ensure_writable
from gaus_jax.commands import flags
from gaus_jax.commands.flags import DONE, FAILED, Command
from gaus_jax.core.profile import LIFETIMES
from gaus_jax.importers import save
from gaus_jax.instances import INSTANCES, generate
from gaus_jax.report.rejudge import claimed, rejudged
from gaus_jax.report.result_file import read_result
from gaus_jax.report.schedule_file import holds_schedule, read_schedule
from gaus_jax.report.summary import info, solved


def add_tools(command: Command) -> None:
    """Declare them."""
    sub = command("verify", _verify, "check a result against its graph")
    text = "a result, or a schedule as --schedule of solve writes it"
    sub.add_argument("result", metavar="RESULT.json|.csv|.mlir", help=text)
    text = "units of a class that the schedule was made under; may be given several times"
    sub.add_argument("--limit", type=flags.limit, action="append", metavar="CLASS=N", help=text)
    sub.add_argument("--objective", metavar="O", help="by default the one that the result states")
    sub.add_argument("--depth", type=flags.whole, metavar="D", help="by default the result's")
    sub.add_argument("--lifetime", choices=LIFETIMES, help="by default the result's")

    sub = command("info", _info, "sizes, depth, mobility and bounds of a graph")
    sub.add_argument("--kappa", type=flags.kappa, default="1", metavar="K")

    sub = command("convert", _convert, "write a graph in another format")
    sub.add_argument("out", metavar="OUT")
    sub.add_argument("--to", metavar="FORMAT", help="where the name of OUT does not say")

    sub = command("generate", _generate, "construct a real graph", graph=False, more=flags.kinds())
    sub.add_argument("kind", metavar="KIND", help="one of those below")
    sub.add_argument(
        "--size", type=flags.whole, metavar="N", help="what it means depends on the kind"
    )
    sub.add_argument("--seed", type=flags.whole, default=0, metavar="N", help="of the random kinds")
    sub.add_argument("--out", required=True, metavar="FILE", help="its name says the format")


def _verify(options: argparse.Namespace) -> int:
    problem, stated = flags.load_graph(options), True
    if holds_schedule(options.result):
        schedule = read_schedule(problem, options.result, flags.graph_labels(options))
        claim, stated = claimed(schedule, options.objective), False
    else:
        claim = read_result(options.result)
    claim = claim._replace(limits={**claim.limits, **dict(options.limit or ())})
    names = ("objective", "depth", "lifetime")
    asked = {name: getattr(options, name) for name in names}
    result = rejudged(problem, claim, **asked, where=str(options.result))
    flags.say(solved(result))
    if claim.sha256 not in (None, result.problem["sha256"]):
        print("note: the result was made for a problem of another content", file=sys.stderr)
    value = claim.objective.get("value")
    agrees = isinstance(value, int | float) and abs(value - result.value) <= 1e-9 * abs(value)
    agrees |= not stated  # a schedule alone says nothing of its worth
    if not agrees:
        print(f"the file states {value}, measured {result.value:.17g}", file=sys.stderr)
    return DONE if result.legal and agrees else FAILED


def _info(options: argparse.Namespace) -> int:
    flags.say(info(flags.load_graph(options), options.kappa))
    return DONE


def _convert(options: argparse.Namespace) -> int:
    ensure_writable(options.out)
    save(flags.load_graph(options), options.out, format=options.to)
    return DONE


def _generate(options: argparse.Namespace) -> int:
    ensure_writable(options.out)
    entry = INSTANCES[options.kind]
    size = options.size if options.size is not None else entry.default_size
    save(generate(options.kind, size, seed=options.seed), options.out)
    return DONE
