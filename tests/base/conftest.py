"""What tests of settings share."""

import pytest


@pytest.fixture
def file(tmp_path):
    """Write a file of settings; its path."""

    def write(text: str):
        path = tmp_path / "s.toml"
        path.write_text(text)
        return path

    return write
