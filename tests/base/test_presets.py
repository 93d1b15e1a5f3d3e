"""The shipped presets say what they claim to say."""

import dataclasses

from gaus_jax.base.settings import Settings, preset, preset_folder, read_settings


def test_the_default_preset_spells_out_the_defaults():
    assert preset("default") == Settings()


def test_the_default_preset_leaves_no_setting_out():
    text = (preset_folder() / "default.toml").read_text(encoding="utf-8")
    settings = Settings()
    sections = {
        name: value for name, value in vars(settings).items() if dataclasses.is_dataclass(value)
    }
    parts = settings.search.opening[:1]
    names = {name for s in (settings, *sections.values(), *parts) for name in vars(s)}
    named = {line.lstrip("# ").split(" ")[0].split(":")[0] for line in text.splitlines()}
    assert names - {*sections, "opening", "cycle", "long"} <= named


def test_a_file_may_start_from_a_preset(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('preset = "paper"\n[optimise]\nsteps = 7\n', encoding="utf-8")
    settings = read_settings(file)
    assert settings.optimise.steps == 7
    assert settings.optimise.method == preset("paper").optimise.method == "augmented"
