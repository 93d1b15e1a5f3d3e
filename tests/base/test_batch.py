"""Settings of a batch."""

import pytest

from gaus_jax.base.batch import BatchSettings, LineSettings, answers, read_batch_settings
from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import preset_folder


def test_the_shipped_file_equals_the_defaults():
    path = preset_folder().parent / "batch" / "default.toml"
    assert read_batch_settings(path) == BatchSettings()


def test_how_a_batch_travels_is_no_part_of_its_answers():
    other = BatchSettings(line=LineSettings(slots=3))
    assert answers(other) == answers(BatchSettings())
    assert answers(BatchSettings(heat=1.0)) != answers(BatchSettings())


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("time_limit=3", "unknown key 'time_limit'; known: .*chunk"),
        ("chunk=0", "chunk is 0; it must be at least 1"),
        ("line.waste=1.0", r"line\.waste is 1\.0; it must be below 1"),
        ("starts=[]", "starts is empty"),
        ("heat", "expected key=value"),
        ("line.slots=-1", r"line\.slots is -1"),
    ],
)
def test_what_cannot_be_is_refused(item, message):
    with pytest.raises(SettingsError, match=message):
        read_batch_settings(None, [item])
