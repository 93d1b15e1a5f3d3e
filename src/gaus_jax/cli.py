"""The command line: arguments in, exit code out."""

import argparse
import sys
from collections.abc import Sequence

from gaus_jax.base.errors import (
    InfeasibleError,
    InputError,
    MissingExtraError,
    SettingsError,
    UnsoundBoundError,
)
from gaus_jax.base.interrupt import INTERRUPTS
from gaus_jax.base.versions import version
from gaus_jax.commands.batch import add_batch
from gaus_jax.commands.bench import add_bench
from gaus_jax.commands.flags import FAILED, INTERNAL, USAGE
from gaus_jax.commands.graph import add_tools
from gaus_jax.commands.memory import add_memory
from gaus_jax.commands.solve import add_solvers
from gaus_jax.commands.sweep import add_sweep
from gaus_jax.importers import IMPORTERS

COMMANDS = (add_solvers, add_tools, add_bench, add_sweep, add_batch, add_memory)


@INTERRUPTS.watched()
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0: done and legal, 1: no legal schedule, 2: bad input, 3: a wrong bound."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except InfeasibleError as error:
        print(f"gaus-jax: infeasible: {error}", file=sys.stderr)
        return FAILED
    except (InputError, SettingsError, MissingExtraError) as error:
        print(f"gaus-jax: {error}", file=sys.stderr)
        return USAGE
    except UnsoundBoundError as error:
        print(f"gaus-jax: internal error: {error}", file=sys.stderr)
        return INTERNAL
    except KeyboardInterrupt:
        print("gaus-jax: interrupted before there was a schedule", file=sys.stderr)
        return FAILED


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
            text = f"a graph file ({known}), or .gz; or KIND:SIZE, as generate has them"
            sub.add_argument("graph", metavar="GRAPH", help=text)
            sub.add_argument("--resources", metavar="XML", help="resource model of a GraphML file")
            sub.add_argument("--format", help=f"of GRAPH, where its name does not say: {known}")
        return sub

    for declare in COMMANDS:
        declare(command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
