"""The section on tensor programs of the results, which a script of benchmarks/ writes."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "report_programs.py"


@pytest.fixture(scope="module")
def sections():
    spec = importlib.util.spec_from_file_location("report_programs", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(program: str, before: float, after: float, **more) -> dict:
    plain = {"size": 4, "seed": 0, "branching": True, "seconds": 5.0, "ulps": 0.0}
    peaks = {"predicted_before": 2 * before, "predicted_after": 2 * after, "bound": 2 * after}
    temps = {"temp_before": before, "temp_after": after, "time_ratio": None, "instructions": 9}
    return {"program": program, **plain, **peaks, **temps, **more}


def test_the_last_record_of_a_program_counts_and_means_are_geometric(sections):
    records = [
        record("wired", 8e6, 8e6),
        record("wired", 8e6, 4e6),
        record("wired", 8e6, 1e6, seed=1, time_ratio=1.25, bound=1e6),
        record("mlp", 1e6, 1e6, branching=False, ulps=3.0),
    ]
    text = sections.programs(records)
    assert "| wired:4 | 9 | 16.00 MB | 8.00 MB | optimal | -50.0 % | 8.00 MB | 4.00 MB" in text
    assert "| wired:4:1 | 9 | 16.00 MB | 2.00 MB | 1.00 MB |" in text
    assert "1.25 | same bits |" in text
    assert "3 ulps" in text
    # Of a half and an eighth the mean is a quarter.
    assert (
        "0.250 predicted, 0.250 measured; measured less by 1 % or more on 2 of 2, more on 0" in text
    )
    assert "proved optimal in the model: 1" in text
    assert text.index("mlp:4") < text.index("The class of branches") < text.index("wired:4")


def test_programs_without_temporary_memory_do_not_break_the_mean(sections):
    text = sections.programs([record("mlp", 0, 0, branching=False)])
    assert (
        "1.000 predicted, 1.000 measured; measured less by 1 % or more on 0 of 1, more on 0" in text
    )
    assert "The class" not in text


def test_sizes_are_in_order(sections):
    plain = {"edges": 5, "read_s": 0.1, "order_s": 1.0, "report_s": 0.2, "cpu_s": 1.3, "load": 6.0}
    peaks = {"before": 3e6, "after": 2e6, "bound": 1e6}
    rows = [
        {"program": name, "size": 1, "form": "compiled", "instructions": count, **plain, **peaks}
        for name, count in (("large", 20_000), ("small", 100))
    ]
    text = sections.program_sizes(rows)
    assert text.index("small 1, compiled") < text.index("large 1, compiled")
    assert "| 20000 | 5 | 0.1 | 1.0 | 0.2 | 1.3 | 6.0 | 3.00 MB | 2.00 MB | 1.00 MB |" in text
