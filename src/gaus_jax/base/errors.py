"""The errors that a caller's or a file's mistake raises."""


class InputError(ValueError):
    """A graph, a resource model or a result file that cannot be read as what it should be.

    The message names the file and the line or node, and says what to do.
    """


class SettingsError(ValueError):
    """An unknown name or an impossible value in settings; the message lists what is allowed."""

    fault: tuple[str, str] | None = None  # a field of the section that says so, and what it is


class InfeasibleError(ValueError):
    """A well-formed problem that no schedule can satisfy; the message says what would do."""


class NotFoundError(InfeasibleError):
    """No schedule was found, which proves nothing; the message says what may help."""


class MissingExtraError(ImportError):
    """An optional package is absent; the message names the extra that installs it."""


class UnsoundBoundError(AssertionError):
    """A legal schedule that costs less than a proved lower bound: an error of this package."""


class HookError(RuntimeError):
    """XLA could not be made to follow an order; the message says why, and what would do."""
