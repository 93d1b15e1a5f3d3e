import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def bench() -> Path:
    """The folder of benchmark files: GAUS_BENCH, else ../shared/bench beside the repository."""
    folder = Path(os.environ.get("GAUS_BENCH", ROOT.parent / "shared" / "bench"))
    if not (folder / "index.csv").is_file():
        pytest.skip(f"no benchmark files in {folder}; set GAUS_BENCH to their folder")
    return folder
