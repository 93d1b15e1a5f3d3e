"""Shapes: few, close, and the same for planning and for running."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gaus_jax.batch.buckets import Buckets, fits, work
from gaus_jax.relax.pack import Shape


def shape(free: int, steps: int = 8, classes: int = 1) -> Shape:
    return Shape(free, 8, 2 * free, free, free, 8, free, steps, classes, False)


def waste(sample, buckets) -> float:
    real = sum(work(s) for _, s in sample)
    return 1 - real / sum(work(buckets.place(kind, s).shape) for kind, s in sample)


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90)), min_size=1, max_size=30),
    st.integers(1, 6),
)
def test_every_graph_fits_its_bucket_and_none_is_added(sizes, most):
    sample = [("B", shape(*pair)) for pair in sizes]
    buckets = Buckets(sample, most, 0.1)
    chosen = list(buckets.every)
    assert len(chosen) <= most
    for kind, own in sample:
        bucket = buckets.place(kind, own)
        assert fits(own, bucket.shape)
    assert buckets.every == chosen


def test_a_cut_is_the_best_of_all():
    sizes = [10, 12, 30, 33, 64, 100, 101, 180]
    sample = [("B", shape(n)) for n in sizes]
    found = 1 - waste(sample, Buckets(sample, 3, 0.0))
    real, best = sum(work(s) for _, s in sample), np.inf
    for cut in itertools.combinations(range(1, len(sizes)), 2):
        runs = np.split(np.array(sizes), cut)
        best = min(best, sum(len(r) * work(_up(shape(int(r.max())))) for r in runs))
    assert np.isclose(found, real / best)


def _up(own: Shape) -> Shape:
    return own._replace(
        **{
            n: max(8, -(-v // 8) * 8)
            for n, v in own._asdict().items()
            if n not in ("classes", "spans", "folds")
        }
    )


def test_no_more_shapes_than_the_waste_asks_for():
    alike = [("B", shape(96)) for _ in range(5)] + [("B", shape(95))]
    assert len(Buckets(alike, 8, 0.25).every) == 1
    apart = [("B", shape(8)), ("B", shape(800, 500))] * 50
    assert len(Buckets(apart, 8, 0.25).every) == 2


def test_kinds_share_the_shapes():
    sample = [("A", shape(n)) for n in range(20, 200, 5)] + [("B", shape(50))]
    buckets = Buckets(sample, 5, 0.01)
    assert len(buckets.every) == 5
    assert {b.kind for b in buckets.every} == {"A", "B"}


def test_what_comes_later_and_larger_adds_few():
    buckets = Buckets([("B", shape(20))], 4, 0.25)
    for free in range(20, 2000, 10):
        assert fits(shape(free), buckets.place("B", shape(free)).shape)
    assert len(buckets.every) <= 8
    assert buckets.place("B", shape(20, classes=3)).shape.classes == 3
