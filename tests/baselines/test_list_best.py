"""List schedules under many priorities."""

import pytest

from gaus_jax.baselines.list_best import lists
from gaus_jax.baselines.list_scheduling import Lister, list_schedule
from gaus_jax.core.window import asap_length, window
from gaus_jax.instances.random import workload


@pytest.mark.parametrize("backward", [False, True])
def test_one_schedule_leaves_no_trace_in_the_next(backward):
    problem = workload(60, 1.5, 3)
    frame = window(problem, asap_length(problem) + 3)
    lister = Lister(problem, frame, backward)
    keys = [(frame.mobility, frame.alap), (-frame.asap,), (frame.alap,), (frame.mobility,)]
    for key in keys:
        alone = list_schedule(problem, frame, key, backward).tolist()
        assert lister.start(key).tolist() == alone


def test_priorities_make_different_schedules():
    problem = workload(60, 1.5, 3)
    frame = window(problem, asap_length(problem) + 3)
    found = {tuple(build().tolist()) for build in lists(problem, frame, memory=True)}
    assert len(found) > 10
