"""Writing files: what cannot be written is found out early, and a file is whole or not there."""

import contextlib
import fcntl
import gzip
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gaus_jax.base.errors import InputError


def ensure_writable(path: str | os.PathLike[str], *inputs: str | os.PathLike[str] | None) -> None:
    """Find out before the work, not after it, that a file cannot or should not be written.

    Args:
        path: the file to be written.
        inputs: files that are read, and that writing would destroy.

    Raises:
        InputError: the folder is missing or not writable, the path is a folder, or one of `inputs`.
    """
    target = _target(path)
    try:
        if target.is_dir():
            raise InputError(f"{path}: is a directory; give the name of a file")
        for other in inputs:
            if other is not None and target.exists() and _same(target, other):
                raise InputError(f"{path}: would overwrite an input; give another name")
        if _is_special(target):
            return
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".gaus-jax-"):
            pass
        if os.access(target, os.F_OK) and not os.access(target, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from error


def replace_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all: a neighbour first, then a rename; ``.gz`` is compressed.

    A link stays one, and a device or a pipe is written to, not replaced.

    Raises:
        InputError: the place cannot be written; what was there is as it was.
    """
    target = _target(path)
    if target.suffix.lower() == ".gz":
        data = gzip.compress(data, mtime=0)
    try:
        if _is_special(target):
            target.write_bytes(data)
        else:
            _replace(target, data)
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from error


@contextlib.contextmanager
def sole_writer(path: str | os.PathLike[str]) -> Iterator[None]:
    """Hold a file, made where it is absent, that several processes must not add to at once.

    Raises:
        InputError: it cannot be written, or another process holds it.
    """
    try:
        file = open(path, "ab")  # noqa: SIM115, closed below
    except OSError as error:
        raise _cannot(path, error) from error
    with file:
        hold(file.fileno(), path, "folder")
        yield


def hold(descriptor: int, path: str | os.PathLike[str], other: str) -> None:
    """Keep an open file from other processes that ask in the same way, until it is closed.

    Args:
        descriptor: of a file that is open for writing.
        path: its name.
        other: what to name in its stead.

    Raises:
        InputError: another process holds it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"{os.fspath(path)}: another run is writing to it; wait for its end, or name another "
            f"{other}"
        ) from None
    except OSError:
        pass  # a file system without locks


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".gaus-jax-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _target(path: str | os.PathLike[str]) -> Path:
    """Where a path leads in the end, as far as it can be followed."""
    try:
        return Path(os.path.realpath(path))
    except (OSError, ValueError):
        return Path(path)


def _is_special(target: Path) -> bool:
    """Whether there is something that is neither a file nor a folder."""
    return target.exists() and not (
        stat.S_ISREG(target.stat().st_mode) or stat.S_ISDIR(target.stat().st_mode)
    )


def _same(target: Path, other: str | os.PathLike[str]) -> bool:
    return os.path.exists(other) and os.path.samefile(target, other)


def _cannot(path: str | os.PathLike[str], error: OSError | ValueError) -> InputError:
    what = getattr(error, "strerror", None) or error
    return InputError(f"{os.fspath(path)}: cannot be written ({what})")
