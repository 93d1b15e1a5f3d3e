import os
from pathlib import Path

import pytest
from hypothesis import settings

# Without a deadline, as the first call of a numba kernel compiles it; the same examples each time.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.load_profile("fixed")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def bench() -> Path:
    """The folder of benchmark files: GAUS_BENCH, else ../shared/bench beside the repository."""
    folder = Path(os.environ.get("GAUS_BENCH", ROOT.parent / "shared" / "bench"))
    if not (folder / "index.csv").is_file():
        pytest.skip(f"no benchmark files in {folder}; set GAUS_BENCH to their folder")
    return folder
