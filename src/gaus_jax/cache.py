"""The persistent compilation cache, for those who ask for it."""

import os
from pathlib import Path

import jax
import platformdirs


def use_compilation_cache(folder: str | Path | None = None) -> Path | None:
    """Keep compiled programs on disk, so that the next process need not compile them.

    The library never does this by itself, since it is a global JAX option; the command line does.

    Args:
        folder: where; by default ``GAUS_JAX_CACHE``, or the user's cache folder.

    Returns:
        The folder, or None where it cannot be written: then nothing is cached.
    """
    chosen = folder or os.environ.get("GAUS_JAX_CACHE") or platformdirs.user_cache_dir("gaus-jax")
    path = Path(chosen) / "xla"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(path, os.W_OK):
        return None
    jax.config.update("jax_compilation_cache_dir", str(path))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    return path
