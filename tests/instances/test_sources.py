"""Instances by name: two of one name are told apart for whoever has to rename them."""

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.instances.sources import find_instances


@pytest.mark.parametrize(
    ("one", "other"), [("net.v1.gml", "net.v2.gml"), ("a/x.gml", "b/x.gml"), ("x.dot", "x.json")]
)
def test_two_instances_of_one_name_are_both_named(tmp_path, one, other):
    for name in (one, other):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(InputError) as raised:
        find_instances({"sweep": [one, other]}, str(tmp_path))
    said = str(raised.value)
    assert f"{tmp_path / one} and {tmp_path / other}; " in said
    assert "rename a file" in said


def test_one_instance_twice_is_said_to_be_one(tmp_path):
    (tmp_path / "x.gml").touch()
    with pytest.raises(InputError, match=r"x\.gml is there already, by a pattern of sets\.all"):
        find_instances({"all": ["x.gml", "*.gml"]}, str(tmp_path))
    with pytest.raises(InputError, match=r"hal:1 is there already"):
        find_instances({"all": ["hal:1"], "more": ["hal:1"]})
