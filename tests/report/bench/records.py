"""Records of imagined runs."""


def run(instance, method, cost, **other):
    """A record; a cost of None is a failure."""
    record = {
        "instance": instance,
        "objective": "B",
        "ratio": None,
        "kappa": "1",
        "lifetime": "register",
        "limit_s": 10.0,
        "method": method,
        "rival": method != "gaus",
        "seed": 0,
        "set": "small",
        "status": "failed" if cost is None else "feasible",
        "reason": "it broke" if cost is None else "",
        "unsound": False,
        "cost": cost,
        "bound": None,
        "seconds": 9.9,
        "trace": [] if cost is None else [[1.0, 2.0 * cost], [5.0, cost]],
        "peak_mb": 300.0,
        "sha256": instance,
        "nodes": 100,
        "edges": 200,
        "depth": 10,
        "settings_hash": f"of {method}",
        "commit": "c" * 40,
        "dirty": False,
        "date": "2026-11-20T10:00:00+00:00",
        "config": "configs/bench/imagined.toml",
        "machine": "2 cores",
        "device": "cpu cpu",
        "workers": 1,
        "versions": {"python": "3.11.7", "jax": "0.10.2"},
    }
    return record | other
