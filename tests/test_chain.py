"""One long cooling: planned to its end, and begun again where it costs more than it can regain."""

import numpy as np

from gaus_jax.chain import COOLER, LEAST_HEAT, LOOK, LOST, Chain
from gaus_jax.core.schedule import Schedule


class Fake:
    """A cooling that raises the cost of its start, 100, by what its heat says."""

    def __init__(self, heat: float) -> None:
        self.heat, self.best = heat, Schedule(np.array([100]), 1)
        self.points: list[float] = []  # that its pieces end at

    def run(self, moves, start, end, expired):
        self.points.append(end)

    @property
    def point(self) -> float:
        return self.points[-1]

    @property
    def now(self) -> Schedule:
        return Schedule(np.array([max(101, int(100 + 400 * self.heat))]), 1)


def chain(made: list[Fake], abreast: int) -> Chain:
    def again(schedule: Schedule, heat: float):
        assert schedule.start.tolist() == [100]
        made.append(Fake(heat))
        return made[-1]

    first = again(Schedule(np.array([100]), 1), 1.0)
    cost = lambda schedule: float(schedule.start[0])  # noqa: E731
    return Chain(first, again, cost, begin=0.2, share=0.5, abreast=abreast)


def advanced(one: Chain, over: np.ndarray) -> None:
    for point in over:
        one.advance(lambda at=point: at, None, iter([False, True]).__next__)


def test_a_start_that_much_heat_would_spoil_is_cooled_with_less():
    made: list[Fake] = []
    one = chain(made, abreast=2)
    advanced(one, np.linspace(0.2, 0.61, 400))
    # 400 and 100 of 100 are lost with the first two heats, 25 with the third: just what may be.
    assert [fake.heat for fake in made] == [1.0, COOLER, COOLER**2]
    assert int(100 + 400 * COOLER**2) <= 100 * LOST
    # The first two end as soon as they are judged, and the last one is planned to the same end.
    assert all(LOOK <= fake.point < 2 * LOOK for fake in made[:2])
    # So that it begins at the full heat and has all of what is left.
    assert all(fake.points[0] < 0.01 for fake in made)
    assert one.done
    assert made[-1].point == 1


def test_one_on_a_thread_of_its_own_is_left_alone():
    made: list[Fake] = []
    advanced(chain(made, abreast=1), np.linspace(0.2, 0.6, 50))
    assert len(made) == 1


def test_heat_is_lowered_only_so_far():
    made: list[Fake] = []
    one = chain(made, abreast=2)
    one._cost = lambda schedule: 1.0 if schedule.start[0] == 100 else 1e9
    advanced(one, np.linspace(0.2, 0.61, 4000))
    assert len(made) == 5
    assert made[-1].heat * COOLER < LEAST_HEAT <= made[-1].heat
    assert one.done
