"""The padded shapes of a batch: few, as each is compiled, and close, as padding is idle work.

Shapes are chosen from a sample: graphs of one kind are sorted, by their work or by a size, and cut
into runs, and each run is padded to its largest. Of all cuts into so many runs the one of least
work is found by dynamic programming; the number of runs is the least one whose padding stays below
a share.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np

from gaus_jax.relax.pack import Shape, bucket

AXES = 8  # sizes of a shape that padding stretches, besides the classes
QUANTUM = 8  # padded sizes are multiples of it


class Bucket(NamedTuple):
    """A kind of program and the padded shape of its graphs."""

    kind: Hashable
    shape: Shape


def work(shape: Shape) -> float:
    """What a gradient step of one lane touches, in numbers: nodes, edges, events and profiles."""
    profiles = shape.steps * (shape.classes + 1)
    return float(sum(shape[: AXES - 1]) + profiles)


ORDERS: tuple[Callable[[Shape], float], ...] = (
    work,
    lambda shape: shape.steps,  # deep graphs apart from wide ones
    lambda shape: shape.edges + shape.consumers,  # dense ones apart from sparse ones
)


def fits(shape: Shape, padded: Shape) -> bool:
    """Whether a graph of some sizes can be padded to a shape."""
    return all(a <= b for a, b in zip(shape[: AXES + 1], padded[: AXES + 1], strict=True))


class Buckets:
    """The shapes chosen, and which of them a graph goes to.

    Args:
        sample: kind and unpadded sizes of some graphs.
        most: shapes at most, though at least one of each kind.
        waste: share of the work that padding may take before there is another shape.
    """

    def __init__(self, sample: Sequence[tuple[Hashable, Shape]], most: int, waste: float) -> None:
        self.every: list[Bucket] = []
        kinds: dict[Hashable, list[Shape]] = {}
        for kind, shape in sample:
            kinds.setdefault(kind, []).append(shape)
        cuts = {kind: BestCuts(shapes, most) for kind, shapes in kinds.items()}
        real = sum(work(shape) for _, shape in sample)
        for kind, count in _counts(cuts, real, max(most, len(cuts)), waste).items():
            self.every += [Bucket(kind, shape) for shape in cuts[kind].shapes(count)]

    def place(self, kind: Hashable, shape: Shape) -> Bucket:
        """The bucket of least work that holds a graph; a larger one is added where none does."""
        held = [b for b in self.every if b.kind == kind and fits(shape, b.shape)]
        if held:
            return min(held, key=lambda b: work(b.shape))
        alike = [b.shape for b in self.every if b.kind == kind]
        sizes = np.array([s[: AXES + 1] for s in (shape, *alike)]).max(axis=0)
        # Twice what is needed: what comes later must not add shapes without end.
        axes = [bucket(2 * int(n)) for n in sizes[:AXES]]
        fresh = Bucket(
            kind,
            shape._replace(
                **dict(zip(Shape._fields, axes, strict=False)), classes=int(sizes[AXES])
            ),
        )
        self.every.append(fresh)
        return fresh


class BestCuts:
    """The best cuts of one kind's graphs into 1, 2, ... runs, in whichever order they are best."""

    def __init__(self, shapes: Sequence[Shape], most: int) -> None:
        self._every = [Cuts(shapes, most, order) for order in ORDERS]

    def least(self) -> np.ndarray:
        """The least padded work in 0, 1, ... runs."""
        return np.min([cuts.least() for cuts in self._every], axis=0)

    def shapes(self, runs: int) -> list[Shape]:
        """The padded shapes of the best cut."""
        return min(self._every, key=lambda cuts: cuts.least()[runs]).shapes(runs)


class Cuts:
    """The same in one order."""

    def __init__(self, shapes: Sequence[Shape], most: int, order: Callable[[Shape], float]) -> None:
        self._shapes = sorted(set(shapes), key=lambda shape: (order(shape), shape))
        count = np.array([shapes.count(s) for s in self._shapes])
        n = len(self._shapes)
        most = min(most, n)
        cost = np.full((n + 1, n + 1), np.inf)  # of the run from i to before j
        for i in range(n):
            largest = np.maximum.accumulate(np.array([s[: AXES + 1] for s in self._shapes[i:]]))
            axes = np.maximum(QUANTUM, -(-largest[:, :AXES] // QUANTUM) * QUANTUM)
            profiles = axes[:, -1] * (largest[:, AXES] + 1)
            each = axes[:, :-1].sum(axis=1) + profiles  # as `work`
            cost[i, i + 1 :] = each * np.cumsum(count[i:])
        self.total = np.full((most + 1, n + 1), np.inf)  # least work of the first j in m runs
        self.total[0, 0] = 0
        self._from = np.zeros((most + 1, n + 1), np.int64)
        for m in range(1, most + 1):
            every = self.total[m - 1][:, None] + cost
            self._from[m] = np.argmin(every, axis=0)
            self.total[m] = np.min(every, axis=0)

    def least(self) -> np.ndarray:
        """The least padded work in 0, 1, ... runs."""
        return self.total[:, -1]

    def shapes(self, runs: int) -> list[Shape]:
        """The padded shapes of the best cut."""
        found, end = [], len(self._shapes)
        for m in range(runs, 0, -1):
            begin = int(self._from[m, end])
            sizes = np.array([s[: AXES + 1] for s in self._shapes[begin:end]]).max(axis=0)
            found.append(_padded(sizes, self._shapes[begin]))
            end = begin
        return found[::-1]


def _counts(
    cuts: dict[Hashable, BestCuts], real: float, most: int, waste: float
) -> dict[Hashable, int]:
    """How many runs each kind gets: one more where it saves most, until the waste is small."""
    counts = dict.fromkeys(cuts, 1)
    while True:
        padded = sum(cut.least()[counts[kind]] for kind, cut in cuts.items())
        more = {k: n for k, n in counts.items() if n + 1 < len(cuts[k].least())}
        if 1 - real / padded <= waste or sum(counts.values()) >= most or not more:
            return counts
        saved = {k: cuts[k].least()[n] - cuts[k].least()[n + 1] for k, n in more.items()}
        counts[max(saved, key=lambda k: saved[k])] += 1


def _padded(sizes: np.ndarray, like: Shape) -> Shape:
    axes = [max(QUANTUM, -(-int(n) // QUANTUM) * QUANTUM) for n in sizes[:AXES]]
    return Shape(*axes, classes=int(sizes[AXES]), spans=like.spans, folds=like.folds)
