"""Several stores of one run as one."""

from collections.abc import Sequence
from pathlib import Path

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.batch.store import Store, differences
from gaus_jax.batch.stored import Notice, header_of, name_of, read, start_of


def merge(
    folders: Sequence[str | Path], out: str | Path, notice: Notice = lambda text: None
) -> tuple[int, int]:
    """Bring the records of several folders into another; what is there already is not repeated.

    Of several records with one name the latest is taken, as in one folder.

    Args:
        folders: stores of runs with the same settings.
        out: a new folder, or one that an earlier merge of them made.
        notice: told of lines that are not whole.

    Returns:
        How many records are new, and how many there are.

    Raises:
        SettingsError: the settings differ (names them).
        InputError: a folder is no store, or one of them is the output.
    """
    if not folders:
        raise InputError("nothing to merge; name the folders of runs")
    headers = [header_of(folder) for folder in folders]
    for folder, header in zip(folders, headers, strict=True):
        if Path(folder).resolve() == Path(out).resolve():
            raise InputError(f"{out}: is one of those to merge; give another name")
        if header["settings_hash"] != headers[0]["settings_hash"]:
            changed = ", ".join(sorted(differences(headers[0]["settings"], header["settings"])))
            raise SettingsError(f"{folder}: its settings differ from {folders[0]}'s: {changed}")
    latest: dict[str, tuple[float, int]] = {}  # name -> when, and the place of its folder
    for place, folder in enumerate(folders):
        for record in read(folder, notice):
            own = record.get("at", 0.0), place
            latest[name_of(record)] = max(own, latest.get(name_of(record), own))
    new = 0
    with Store(out, headers[0]["settings"], notice=notice) as store:
        for place, folder in enumerate(folders):
            for record in read(folder):
                if latest[name_of(record)][1] != place or store.has(record):
                    continue
                apart = "start", "start_file", "crc32"
                plain = {k: v for k, v in record.items() if k not in apart}
                store.append(plain, start_of(folder, record))
                new += 1
        return new, len(store)
