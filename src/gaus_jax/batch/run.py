"""A batch from files to a store: what is done already is not done again."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from gaus_jax.base.batch import BatchSettings, answers
from gaus_jax.base.files import replace_file
from gaus_jax.base.versions import source_state
from gaus_jax.batch.earlier import Earlier
from gaus_jax.batch.inputs import distinct
from gaus_jax.batch.items import Item
from gaus_jax.batch.line import Report
from gaus_jax.batch.loading import Loaders
from gaus_jax.batch.reasons import Reasons
from gaus_jax.batch.record import as_record
from gaus_jax.batch.shards import Shard
from gaus_jax.batch.solve import check, solve_batch
from gaus_jax.batch.store import Store
from gaus_jax.batch.stored import Notice
from gaus_jax.batch.summary import Summary
from gaus_jax.core.result import LEGAL

MANY = 256  # files from which processes are worth their start


class Ran(NamedTuple):
    """What a run did."""

    summary: Summary
    before: int  # graphs of this shard that were in the store already
    bad: int  # graphs of the shard without a legal schedule, those from before included
    earlier: Reasons  # of those from before

    @property
    def unsound(self) -> list[str]:
        """What says that a bound is above a cost, from before or now."""
        return self.earlier.unsound + self.summary.reasons.unsound

    def text(self) -> str:
        """A few lines for a person."""
        lines = [self.summary.text() if self.summary.done else "nothing left to solve"]
        if self.earlier.total:
            about = f"{self.earlier.total} of those done before have no schedule"
            lines += [f"{about}; --again tries those that failed once more", *self.earlier.lines()]
        return "\n".join(lines)


def run_batch(
    items: Sequence[Item],
    folder: str | Path,
    settings: BatchSettings,
    *,
    seed: int = 0,
    shard: Shard = Shard(),  # noqa: B008 (a tuple)
    resume: bool = True,
    again: bool = False,
    report: Report = lambda summary: None,
    notice: Notice = lambda text: None,
    begin: Callable[[int, int], None] = lambda before, todo: None,
) -> Ran:
    """Solve the items of a shard that the folder has no record of, and record each.

    Args:
        items: what to solve; `gaus_jax.batch.inputs.gather` finds them.
        folder: the store.
        settings: of the batch.
        seed: of all that is random.
        shard: the part of the items that is this process's.
        resume: False refuses a folder that has records.
        again: solve also what is recorded as failed.
        report: called after every outcome.
        notice: told of repeated items and of lines that a crash has cut.
        begin: told how many graphs are done before and how many are left.

    Raises:
        SettingsError, InputError: as `Store` and `solve_batch`.
    """
    check(settings)  # before the folder is claimed for them
    state = {"settings": answers(settings), "seed": seed}
    with Store(folder, state, part=shard.part, resume=resume, notice=notice) as store:
        earlier = Earlier(folder)
        every = distinct(earlier.called_alike(items), notice)
        own = [item for item in every if shard.has(item.name)]
        anew = {item.key for item in own if again and earlier.failed(item.key)}
        todo = [item for item in own if item.key not in store or item.key in anew]
        begin(len(own) - len(todo), len(todo))
        summary = _solve(todo, store, settings, seed, report)
    if summary.done:
        _keep(Path(folder), shard, summary)
    reasons = earlier.reasons({item.key for item in own} - {item.key for item in todo})
    bad = sum(n for status, n in summary.statuses.items() if status not in LEGAL)
    return Ran(summary, len(own) - len(todo), reasons.total + bad, reasons)


def _solve(
    todo: Sequence[Item], store: Store, settings: BatchSettings, seed: int, report: Report
) -> Summary:
    """Solve and record; what the batch said of itself last."""
    last = Summary()

    def told(now: Summary) -> None:
        nonlocal last
        last = now
        report(now)

    with Loaders((settings.line.loaders or 0) if len(todo) >= MANY else 0) as loaders:
        how = {"settings": settings, "key": seed, "report": told, "load": loaders.load}
        for solved in solve_batch(todo, **how):
            schedule = solved.result.schedule if solved.result else None
            record = as_record(solved) | todo[solved.place].origin
            store.append(record, schedule.start if schedule else None)
    return last


def _keep(folder: Path, shard: Shard, summary: Summary) -> None:
    """What the run said of itself, beside the records."""
    commit, dirty = source_state()
    about = {"commit": commit, "dirty": dirty, **summary.as_dict()}
    name = f"summary{'.' if shard.part else ''}{shard.part}.json"
    replace_file(folder / name, json.dumps(about, indent=1).encode() + b"\n")
