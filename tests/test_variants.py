"""One problem under many settings: what they share, and what they do not."""

import pytest

from gaus_jax.base.settings import Settings, override
from gaus_jax.instances import generate
from gaus_jax.variants import solve_settings

QUICK = override(
    Settings(),
    {"objective": {"name": "C", "ii": 16}, "rounds": 1, "optimise": {"steps": 0}},
    "test",
)


def test_preparations_are_not_shared_across_shares_of_proofs():
    pytest.importorskip("ortools")
    every = [override(QUICK, {"proof_share": share}, "test") for share in (0.0, 0.1)]
    for order in (every, every[::-1]):
        found = dict(solve_settings(generate("elliptic_loop", 1), order, [0, 0]))
        said = {order[place].proof_share: result.status for place, result in found.items()}
        assert said == {0.0: "failed", 0.1: "infeasible"}
