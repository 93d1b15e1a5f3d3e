"""Settings written as a config file are the same when read."""

import pytest

from gaus_jax.base.search import Part
from gaus_jax.base.settings import Settings, override, preset, read_settings
from gaus_jax.base.settings_file import settings_text


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        preset("paper"),
        override(
            Settings(),
            {
                "rounds": 3,
                "objective": {"kappa": "1.5", "limits": {'a "b"': 2.0}, "weights": {"latency": 1}},
                "search": {"climb": False, "cycle": (Part(starts=("given", "best"), heat=1e-5),)},
                "relax": {"width_end": 0.123456789},
            },
            "test",
        ),
    ],
    ids=["default", "paper", "changed"],
)
def test_what_is_written_reads_the_same(settings, tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(settings_text(settings), encoding="utf-8")
    assert read_settings(path) == settings
    assert settings_text(Settings()).strip() == ""
