"""What the numbers depend on besides the source: versions, and where the source stands."""

import importlib.metadata
import platform
import subprocess
from pathlib import Path

PACKAGES = ("gaus-jax", "jax", "jaxlib", "optax", "equinox", "numpy", "numba", "scipy")
ABSENT = "not installed"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def version(package: str) -> str:
    """Of an installed package, or that it is not."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ABSENT


def source_state() -> tuple[str, bool]:
    """The commit of the checkout that this package runs from, and whether files differ from it.

    A package without a checkout has the commit "unknown".
    """
    commit = _git("rev-parse", "HEAD")
    return (commit, bool(_git("status", "--porcelain"))) if commit else ("unknown", False)


def _git(*words: str) -> str:
    root = Path(__file__).resolve().parents[3]
    if not (root / ".git").exists():  # installed, perhaps within somebody else's checkout
        return ""
    try:
        ran = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    except OSError:  # no git on this machine
        return ""
    return ran.stdout.strip()
