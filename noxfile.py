"""Checks and tests, run in the environment that scripts/setup.sh made."""

import os
import sys
import tempfile

import nox

nox.options.sessions = ["check", "tests", "smoke"]
nox.options.default_venv_backend = "none"
HERE = os.path.dirname(sys.executable)


def _run(session: nox.Session, program: str, *arguments: str) -> None:
    session.run(os.path.join(HERE, program), *arguments, external=True)


@nox.session
def check(session: nox.Session) -> None:
    """Formatting, lint, import contracts, types."""
    _run(session, "ruff", "format", "--check", ".")
    _run(session, "ruff", "check", ".")
    _run(session, "lint-imports")
    _run(session, "basedpyright", "--pythonpath", sys.executable)


@nox.session
def tests(session: nox.Session) -> None:
    """The default tests, on two cores."""
    _run(session, "pytest", "-n", "2", *session.posargs)


@nox.session
def smoke(session: nox.Session) -> None:
    """The smallest benchmark and its report, in under a minute."""
    with tempfile.TemporaryDirectory() as out:
        _run(session, "gaus-jax", "bench", "configs/bench/smoke.toml", "--out", out)
        _run(session, "gaus-jax", "report", out)


@nox.session
def slow(session: nox.Session) -> None:
    """The long tests."""
    _run(session, "pytest", "-m", "slow", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """pytest-benchmark against the last saved run."""
    _run(session, "pytest", "benchmarks", "-m", "", "--benchmark-autosave", *session.posargs)
