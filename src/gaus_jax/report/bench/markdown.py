"""Numbers and tables as Markdown."""

import math
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, the first column flush left, the others right; nothing where there are no rows."""
    lines = [_line(row) for row in rows]
    if not lines:
        return ""
    return "\n".join([_line(header), "| --- |" + " ---: |" * (len(header) - 1), *lines]) + "\n"


def number(value: float) -> str:
    """A cost: up to seven digits; a dash where there is none."""
    return "-" if not math.isfinite(value) else f"{value:.7g}"


def percent(value: float) -> str:
    """A fraction in per cent, one digit; a dash where there is none."""
    return "-" if not math.isfinite(value) else f"{100 * value:.1f}"


def seconds(value: float) -> str:
    """A time: two digits below ten; a dash for never."""
    if not math.isfinite(value):
        return "-"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def fraction(value: float) -> str:
    """A ratio of costs, three digits."""
    return "-" if math.isnan(value) else f"{value:.3f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
