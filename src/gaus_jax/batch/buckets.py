"""The padded shapes of a batch: few, as each is compiled, and close, as padding is idle work.

Shapes are chosen from a sample. Every size that is there is a shape at first; again and again the
two of one kind are made one that cost least together, until they are few enough and one less would
waste too much. Then graphs go to the shape that costs them least and shapes shrink to what they
hold, in turn, while that saves anything.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
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
        kinds = list(dict.fromkeys(kind for kind, _ in sample))
        self.every: list[Bucket] = []
        if not sample:
            return
        groups = Groups(sample, kinds)
        real = sum(work(shape) for _, shape in sample)
        while groups.merge(real / (1 - waste), max(most, len(kinds))):
            pass
        groups.settle()
        for kind, like, sizes in groups.shapes():
            self.every.append(Bucket(kinds[kind], _padded(sizes, like)))

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


class Groups:
    """Groups of graphs of one kind, each with the padded work of all of them at its largest sizes.

    Args:
        sample: kind and unpadded sizes of some graphs, at least one.
        kinds: all kinds.
    """

    def __init__(self, sample: Sequence[tuple[Hashable, Shape]], kinds: Sequence[Hashable]) -> None:
        number = {kind: k for k, kind in enumerate(kinds)}
        counts = Counter((number[kind], shape) for kind, shape in sample)
        self._every = sorted(counts)  # in no order of the sample's
        self._own = np.array([shape[: AXES + 1] for _, shape in self._every])  # (G, AXES + 1)
        self._weight = np.array([counts[one] for one in self._every])  # (G,)
        self._of = np.array([kind for kind, _ in self._every])  # (G,)
        self._group = np.arange(len(self._every))  # (G,) of each; groups go by one of theirs
        self._sizes, self._many = self._own.copy(), self._weight.copy()
        self._left = np.ones(len(self._every), bool)  # groups that are there
        self._total = float(np.sum(_works(self._own) * self._weight))
        both = [self._joint(i) for i in range(len(self._every))]
        self._more = np.array(both)  # (G, G), what is paid more when two are one

    def merge(self, allowed: float, most: int) -> bool:
        """Make two one, if there are more than ``most``, or it stays within the allowed work."""
        i, j = divmod(int(np.argmin(self._more)), len(self._left))
        more = self._more[i, j]
        few = self._left.sum() <= most
        if not np.isfinite(more) or (few and self._total + more > allowed):
            return False
        self._sizes[i] = np.maximum(self._sizes[i], self._sizes[j])
        self._many[i] += self._many[j]
        self._group[self._group == j] = i
        self._left[j] = False
        self._total += more
        self._more[j] = self._more[:, j] = np.inf
        self._more[i] = self._more[:, i] = self._joint(i)
        return True

    def settle(self) -> None:
        """Graphs to the cheapest group that holds them, groups to what they hold, in turn."""
        while True:
            works = np.where(self._left, _works(self._sizes), np.inf)
            held = (self._own[:, None] <= self._sizes[None]).all(axis=2)
            held &= self._of[:, None] == self._of[None]
            group = np.argmin(np.where(held, works[None], np.inf), axis=1)
            if np.array_equal(group, self._group):
                return
            self._group = group
            self._left = np.isin(np.arange(group.size), group)
            for k in np.flatnonzero(self._left):
                self._sizes[k] = self._own[group == k].max(axis=0)

    def shapes(self) -> Iterator[tuple[int, Shape, np.ndarray]]:
        """Kind, one of its graphs, and largest sizes of each group."""
        for k in np.flatnonzero(self._left):
            yield int(self._of[k]), self._every[k][1], self._sizes[k]

    def _joint(self, i: int) -> np.ndarray:
        """What is paid more when a group is one with group ``i``, (G,); inf where it cannot be."""
        own = _works(self._sizes) * self._many
        both = _works(np.maximum(self._sizes, self._sizes[i])) * (self._many + self._many[i])
        able = self._left & (self._of == self._of[i])
        able[i] = False
        return np.where(able, both - own - own[i], np.inf)


def _works(sizes: np.ndarray) -> np.ndarray:
    """`work` of padded sizes, (G, AXES + 1)."""
    axes = np.maximum(QUANTUM, -(-sizes[:, :AXES] // QUANTUM) * QUANTUM)
    return (axes[:, :-1].sum(axis=1) + axes[:, -1] * (sizes[:, AXES] + 1)).astype(float)


def _padded(sizes: np.ndarray, like: Shape) -> Shape:
    axes = [max(QUANTUM, -(-int(n) // QUANTUM) * QUANTUM) for n in sizes[:AXES]]
    return Shape(*axes, classes=int(sizes[AXES]), spans=like.spans, folds=like.folds)
