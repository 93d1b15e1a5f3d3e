"""Strict JAX, few and fixed examples, and what several folders of tests need."""

import os
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest
from hypothesis import HealthCheck, Phase, settings

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

settings.register_profile(
    "default",
    derandomize=True,
    deadline=None,
    max_examples=20,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # a shrink would run JAX for minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("default")


@pytest.fixture(scope="module")
def x64() -> Iterator[None]:
    """Float64 in JAX for all tests of a module."""
    with jax.enable_x64(True):
        yield


@pytest.fixture(scope="session")
def bench() -> Path:
    """The folder of benchmark files: GAUS_BENCH, else ``shared/bench`` beside the repository."""
    fallback = Path(__file__).resolve().parents[1].parent / "shared" / "bench"
    folder = Path(os.environ.get("GAUS_BENCH", fallback))
    if not folder.is_dir():
        pytest.skip(f"no benchmark files at {folder}; set GAUS_BENCH")
    return folder
