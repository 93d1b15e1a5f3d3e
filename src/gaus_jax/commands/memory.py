"""The command ``memory``: arguments in, exit code out."""

import argparse
import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax

from gaus_jax.base.errors import HookError, InputError, SettingsError
from gaus_jax.base.files import replace_file
from gaus_jax.base.settings import Settings, override, read_settings
from gaus_jax.commands import flags
from gaus_jax.commands.flags import DONE, FAILED, Command
from gaus_jax.xla.hlo import from_hlo
from gaus_jax.xla.imposing import impose
from gaus_jax.xla.jaxprs import from_jaxpr
from gaus_jax.xla.memory import memory_report
from gaus_jax.xla.onnx_graph import from_onnx
from gaus_jax.xla.ordering import order
from gaus_jax.xla.program import Program
from gaus_jax.xla.specs import parse_specs

ORDERS = 3  # that --impose searches for: one to be shown, and two of which XLA follows the better


def add_memory(command: Command) -> None:
    """Declare it."""
    text = "what a tensor program takes in memory, in its own order and in a better one"
    sub = command("memory", _memory, text, graph=False)
    add = sub.add_argument
    add("program", metavar="PROGRAM", help="module:function, FILE.hlo (XLA's text) or FILE.onnx")
    add("--spec", default="", metavar="S", help='arguments of a function: "f32[128,512] i32[]"')
    add("--level", choices=("hlo", "jaxpr"), default="hlo", help="of a function; hlo is what runs")
    add("--impose", action="store_true", help="compile a function in the order found, and measure")
    text = "seconds of search; with --impose shared by its orders, of which there are three"
    add("--time-limit", type=flags.amount, metavar="S", help=text)
    add("--config", metavar="FILE.toml", help="settings of the search")
    add("--set", action="append", default=[], metavar="key=value", help="one setting")
    add("--seed", type=flags.whole, default=0, metavar="N", help="of the search")
    add("--out", metavar="REPORT.json", help="timeline, order, buffers at the peak, offsets")
    add("--csv", metavar="FILE.csv", help="buffers as id,lower,upper,size, for MiniMalloc")


def _memory(options: argparse.Namespace) -> int:
    settings = _settings(options)
    flags.check_places({"--out": options.out, "--csv": options.csv}, options.program)
    function = _function(options)
    specs = parse_specs(options.spec)
    if options.impose and function is None:
        raise SettingsError("--impose compiles a function; name one as module:function")
    program = _program(options, function, specs)
    found = order(program.problem, settings, options.seed)
    after = memory_report(program, found.nodes, found.bound)
    print(memory_report(program).text())
    print("in the order found:\n" + after.text())
    if options.out:
        replace_file(options.out, (json.dumps(after.as_dict()) + "\n").encode())
    if options.csv:
        replace_file(options.csv, after.csv().encode())
    return _impose(function, specs, settings, options.seed) if options.impose else DONE


def _impose(function: Any, specs: tuple[Any, ...], settings: Settings, seed: int) -> int:
    try:
        report = impose(function, *specs, settings=settings, key=seed).report
    except HookError as error:
        print(f"gaus-jax: {error}", file=sys.stderr)
        return FAILED
    except (InputError, SettingsError):
        raise
    except Exception as error:  # a callback, or XLA itself, while the function runs
        raise InputError(
            f"function cannot be compiled and run on zeros: {type(error).__name__}: {error}"
        ) from error
    print(json.dumps(report.as_dict(), indent=1))
    return DONE


def _program(options: argparse.Namespace, function: Any, specs: tuple[Any, ...]) -> Program:
    if function is None:
        path = Path(options.program)
        return from_onnx(path) if path.suffix == ".onnx" else from_hlo(path)
    if options.level == "jaxpr":
        return from_jaxpr(function, *specs)
    try:
        compiled = jax.jit(function).lower(*specs).compile()
    except Exception as error:  # whatever the function itself raises while it is traced
        raise InputError(
            f"{options.program}: cannot be compiled for these specs: "
            f"{type(error).__name__}: {error}"
        ) from error
    return from_hlo(compiled)


def _function(options: argparse.Namespace) -> Any:
    """The function of ``module:function``; None where a file is named."""
    name, found, attribute = options.program.partition(":")
    if not found or Path(options.program).exists():
        if options.spec:
            raise SettingsError("--spec is for a function; name one as module:function")
        return None
    sys.path.insert(0, "")  # as `python -m` does
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever the module itself raises
        raise InputError(
            f"{options.program}: module '{name}' cannot be imported: "
            f"{type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.remove("")
    if not callable(getattr(module, attribute, None)):
        raise InputError(f"{options.program}: '{name}' has no function '{attribute}'")
    return getattr(module, attribute)


def _settings(options: argparse.Namespace) -> Settings:
    """The file, then --set, then the flag; each order of --impose has its share of seconds."""
    settings = read_settings(options.config, options.set)
    limit = {} if options.time_limit is None else {"time_limit": options.time_limit}
    settings = override(settings, limit, "command line")
    if not options.impose:
        return settings
    seconds = {"time_limit": settings.time_limit, "wall": settings.wall}
    return replace(settings, **{k: v and v / ORDERS for k, v in seconds.items()})
