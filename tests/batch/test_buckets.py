"""Shapes: few, close, and the same for planning and for running."""

import itertools
import time

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


def test_shapes_are_nearly_the_best_there_are():
    rng = np.random.default_rng(3)
    for most in (2, 3):
        sizes = rng.integers(1, 25, 9) * 8
        steps = rng.integers(1, 25, 9) * 8
        sample = [("B", shape(int(n), int(t))) for n, t in zip(sizes, steps, strict=True)]
        real = sum(work(s) for _, s in sample)
        found = real / (1 - waste(sample, Buckets(sample, most, 0.0)))
        best = min(
            sum(_together([s for (_, s), g in zip(sample, groups, strict=True) if g == k])
                for k in range(most))
            for groups in itertools.product(range(most), repeat=len(sample))
        )  # fmt: skip
        assert best * (1 - 1e-9) <= found <= 1.1 * best


def _together(shapes: list[Shape]) -> float:
    """The work of graphs that share a shape."""
    if not shapes:
        return 0.0
    sizes = np.array(shapes)[:, :9].max(axis=0)
    return len(shapes) * work(shapes[0]._replace(**dict(zip(Shape._fields, sizes, strict=False))))


def test_the_order_of_the_sample_does_not_matter():
    sample = [(kind, shape(8 * k)) for k in range(1, 11) for kind in "AB"]  # many ties
    one, other = (Buckets(every, 5, 0.0).every for every in (sample, sample[::-1]))
    assert sorted(b.shape for b in one) == sorted(b.shape for b in other)


def test_a_sample_of_hundreds_takes_a_moment():
    rng = np.random.default_rng(0)
    sample = [("A", shape(int(n), int(t))) for n, t in rng.integers(1, 300, (500, 2))]
    began = time.perf_counter()
    assert len(Buckets(sample, 9, 0.1).every) == 9
    assert time.perf_counter() - began < 20


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
