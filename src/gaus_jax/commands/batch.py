"""The commands ``batch``, ``merge`` and ``export``: arguments in, exit code out."""

import argparse
import os
import sys
from typing import Any

from gaus_jax.base.batch import BatchSettings, read_batch_settings
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import override
from gaus_jax.batch.alike import round_alike
from gaus_jax.batch.distributed import Peers, alone, joined
from gaus_jax.batch.export import export
from gaus_jax.batch.inputs import gather
from gaus_jax.batch.merge import merge
from gaus_jax.batch.progress import Bars, Lines
from gaus_jax.batch.run import Ran, run_batch
from gaus_jax.batch.schedules import export_schedules
from gaus_jax.batch.shards import read_shard
from gaus_jax.batch.summary import Summary
from gaus_jax.cache import use_compilation_cache
from gaus_jax.commands import flags
from gaus_jax.commands.flags import DONE, FAILED, INTERNAL, Command
from gaus_jax.portfolio.threads import thread_count
from gaus_jax.report.result_file import write_result


def add_batch(command: Command) -> None:
    """Declare the commands."""
    text = "schedule many graphs: files, folders, lists; taken up again where it was stopped"
    sub = command("batch", _batch, text, graph=False)
    add = sub.add_argument
    what = "a graph, a folder (its index.csv, or all graphs in it), an index .csv, a list .txt"
    add("paths", nargs="+", metavar="PATH", help=what)
    add("--out", required=True, metavar="DIR", help="where results are kept; not solved again")
    flags.add_objective(sub)
    add("--config", metavar="FILE.toml", help="settings; configs/batch/default.toml has them all")
    add("--set", action="append", default=[], metavar="key=value", help="one setting")
    add("--seed", type=flags.whole, default=0, metavar="N", help="of all that is random")
    add("--shard", default="0/1", metavar="I/N", help="part I (from 0) of N; merge joins them")
    add("--distributed", action="store_true", help="share the graphs out over JAX's processes")
    text = "of process 0; not needed where JAX knows the cluster (SLURM, Open MPI)"
    add("--coordinator", metavar="HOST:PORT", help=text)
    add("--processes", type=flags.whole, metavar="N", help="how many there are")
    add("--process", type=flags.whole, metavar="I", help="which one this is, from 0")
    add("--again", action="store_true", help="solve anew what is recorded as failed")
    add("--no-resume", action="store_true", help="refuse a folder that has results")
    add("--no-cache", action="store_true", help="no compilation cache on disk")
    add("--quiet", action="store_true", help="print nothing but errors")

    sub = command("merge", _merge, "bring the results of several folders into one", graph=False)
    sub.add_argument("folders", nargs="+", metavar="DIR", help="what batch wrote")
    sub.add_argument("--out", required=True, metavar="DIR")

    text = "results of a batch as a table, or as a file for each schedule"
    sub = command("export", _export, text, graph=False)
    sub.add_argument("folder", metavar="DIR", help="what batch wrote")
    text = ".csv, or .parquet (extra gaus-jax[parquet])"
    sub.add_argument("out", metavar="FILE", nargs="?", help=text)
    text = "a new folder for results as solve --out writes them, to be read by verify"
    sub.add_argument("--schedules", metavar="DIR", help=text)


def _batch(options: argparse.Namespace) -> int:
    round_alike(os.environ)
    settings = _settings(options)
    shard = read_shard(options.shard)
    if options.distributed and shard.of > 1:
        raise SettingsError("--distributed shares the graphs out by itself; leave --shard out")
    if not options.distributed and (options.coordinator or options.processes or options.process):
        raise SettingsError("--coordinator, --processes and --process are of --distributed; add it")
    items = gather(options.paths)
    if not options.no_cache:
        use_compilation_cache()
    peers = alone(shard)
    if options.distributed:
        peers = joined(options.coordinator, options.processes, options.process)
    try:
        with peers:
            ran = _run(options, settings, items, peers)
            peers.wait()
    except KeyboardInterrupt:
        print("gaus-jax: interrupted; the same command goes on from here", file=sys.stderr)
        return FAILED
    for reason in ran.unsound:
        _notice(reason)
    if ran.unsound:
        return INTERNAL
    return DONE if ran.bad == 0 else FAILED


def _run(options: argparse.Namespace, settings: BatchSettings, items: list, peers: Peers) -> Ran:
    """Solve this process's part, and say so."""
    shown: Any = None

    def begin(before: int, todo: int) -> None:
        nonlocal shown
        if before and not options.quiet:
            print(f"{before} graphs were done before, {todo} are left", file=sys.stderr)
        if not options.quiet:
            shown = Bars(todo) if sys.stderr.isatty() else Lines(todo)

    def report(summary: Summary) -> None:
        peers.check()
        if shown is not None:
            shown(summary)

    try:
        ran = run_batch(
            items,
            options.out,
            settings,
            seed=options.seed,
            shard=peers.shard,
            resume=not options.no_resume,
            again=options.again,
            report=report,
            notice=_notice,
            begin=begin,
        )
    finally:
        if shown is not None:
            shown.close()
    if not options.quiet:
        print(ran.text(), flush=True)
    return ran


def _settings(options: argparse.Namespace) -> BatchSettings:
    """The file, then --set and the flags."""
    asked = {"objective": flags.objective_of(options)}
    settings = read_batch_settings(options.config, options.set, asked)
    if settings.line.loaders is None:
        tree = {"line": {"loaders": max(1, thread_count(0) // 2)}}
        settings = override(settings, tree, "command line")
    flags.check_lifetime(options, settings.objective)
    return settings


def _notice(text: str) -> None:
    print(f"gaus-jax: {text}", file=sys.stderr)


def _merge(options: argparse.Namespace) -> int:
    new, every = merge(options.folders, options.out, _notice)
    print(f"{new} new records, {every} in {options.out}")
    return DONE


def _export(options: argparse.Namespace) -> int:
    if not (options.out or options.schedules):
        raise SettingsError("nothing to write; name a table .csv or .parquet, or --schedules DIR")
    if options.out:
        count = export(options.folder, options.out)
        print(f"{count} rows in {options.out}")
    if not options.schedules:
        return DONE
    count, failed = export_schedules(options.folder, options.schedules, write_result, _notice)
    print(f"{count} schedules in {options.schedules}" + (f", {failed} not" if failed else ""))
    return FAILED if failed else DONE
