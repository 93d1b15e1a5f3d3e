"""Pairs of a graph and a resource model by name, and makespans known from elsewhere."""

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.instances.indexed import Known, known_of
from gaus_jax.instances.sources import find_instances

INDEX = """path,resources,set
hls/app/g1.graphml,hls/app/g1_RM.xml,hls
hls/app/g1.200MHz.graphml,hls/more/app/g1_RM3.xml,hls
hls/small/fir.graphml,hls/small/firRM.xml,hls
rw/plain.gml,,rw
top.graphml,top_RM1.xml,own
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "index.csv").write_text(INDEX)
    return tmp_path


def test_pairs_are_found_by_name(root):
    found = find_instances({"all": ["*@*"]}, str(root))
    assert [i.name for i in found] == ["app/g1@RM", "app/g1.200MHz@RM3", "small/fir@RM", "top@RM1"]
    assert found[1].source == str(root / "hls/app/g1.200MHz.graphml")
    assert found[1].resources == str(root / "hls/more/app/g1_RM3.xml")
    two = find_instances({"plain": ["app/*@RM", "small/fir@RM"]}, str(root))
    assert [(i.group, i.name) for i in two] == [("plain", "app/g1@RM"), ("plain", "small/fir@RM")]


def test_pairs_that_are_not_listed_are_named(root, tmp_path):
    with pytest.raises(InputError, match=r"sets.a: no pair .* fits app/g2@RM; set GAUS_BENCH"):
        find_instances({"a": ["app/g2@RM"]}, str(root))
    with pytest.raises(InputError, match=r"index.csv: cannot be read: .*; set GAUS_BENCH or root"):
        find_instances({"a": ["app/g2@RM"]}, str(tmp_path / "elsewhere"))
    (root / "index.csv").write_text("path\nx\n")
    with pytest.raises(InputError, match=r"index.csv: column resources is missing"):
        find_instances({"a": ["*@*"]}, str(root))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("42", Known(42, 42)),
        ("155..173", Known(173, 155)),
        ("..83", Known(83, None)),
        ("", Known(None, None)),
    ],
)
def test_what_is_known_of_a_problem(tmp_path, text, known):
    (tmp_path / "best.csv").write_text(f"problem,best_known_makespan\na.sm,{text}\n")
    (tmp_path / "a.sm").touch()
    assert known_of(tmp_path / "a.sm") == known
    assert known_of(tmp_path / "b.sm") is None
    (only,) = find_instances({"mine": ["*.sm"]}, str(tmp_path))
    assert only.known == known


def test_what_is_no_makespan_is_named(tmp_path):
    (tmp_path / "best.csv").write_text("problem,best_known_makespan\na.sm,soon\n")
    with pytest.raises(InputError, match=r"best.csv: a.sm: 'soon' is no makespan; expected 42"):
        known_of(tmp_path / "a.sm")


def test_every_pair_of_the_benchmark_has_a_name_of_its_own(bench):
    assert len(find_instances({"all": ["*@*"]}, str(bench))) == 818
