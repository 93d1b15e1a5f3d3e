"""Long work in short calls, so that a clock or an interrupt is heeded between them."""

import time
from collections.abc import Callable, Iterator

FIRST = 100  # pieces of the first call
SECONDS = 0.02  # of the later ones, about


def paced(
    count: int, expired: Callable[[], bool] = lambda: False, first: int = FIRST
) -> Iterator[tuple[int, int]]:
    """Ranges ``begin .. end`` of so many pieces of work, each range about `SECONDS` long.

    What the work comes to must not depend on where it is cut: that is by the clock.

    Args:
        count: pieces in all.
        expired: asked before each range; True ends them.
        first: pieces of the first range, whose pace is not known.
    """
    done, call = 0, first
    while done < count and not expired():
        end = min(count, done + call)
        began = time.perf_counter()
        yield done, end
        took = time.perf_counter() - began
        done = end
        call = 2 * call if took < SECONDS else max(1, int(call * SECONDS / took))
