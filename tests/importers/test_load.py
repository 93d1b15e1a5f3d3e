import gzip

import pytest

from gaus_jax.base.errors import InputError, SettingsError
from gaus_jax.core.build import make_problem
from gaus_jax.importers import IMPORTERS, load, save
from tests.importers.cases import index_rows, source
from tests.importers.test_aiger import HALF_ADDER
from tests.importers.test_blif import GOOD as BLIF_TEXT
from tests.importers.test_dot import GOOD as DOT_TEXT
from tests.importers.test_gml import GOOD as GML_TEXT
from tests.importers.test_hatschet import GRAPH, MODEL
from tests.importers.test_psplib import GOOD as PSPLIB_TEXT
from tests.importers.test_ssp import GOOD as SSP_TEXT

CIRCUIT = make_problem(["1", "2", "3", "4"], [(1, 2), (0, 2), (2, 3), (0, 3)])
TEXTS = {
    "gml": GML_TEXT.encode(),
    "aiger": b"aig 4 2 0 1 2\n9\n\x02\x02\x01\x06i0 x\nc\n",
    "aiger-ascii": HALF_ADDER.encode(),
    "blif": BLIF_TEXT.encode(),
    "hatschet": GRAPH.replace("{namespace}", "").encode(),
    "psplib": PSPLIB_TEXT.encode(),
    "ssp": SSP_TEXT.encode(),
    "dot": DOT_TEXT.encode(),
    "json": IMPORTERS["json"].write(CIRCUIT),
}
WRITERS = [name for name, entry in IMPORTERS.items() if entry.write is not None]


def model(tmp_path, name):
    if not IMPORTERS[name].takes_resources:
        return None
    path = tmp_path / "model.xml"
    path.write_text(MODEL)
    return path


def test_every_format_has_an_example():
    assert set(TEXTS) == set(IMPORTERS)
    suffixes = [suffix for entry in IMPORTERS.values() for suffix in entry.suffixes]
    assert len(set(suffixes)) == len(suffixes)


@pytest.mark.parametrize("name", IMPORTERS)
def test_by_suffix_content_and_name(tmp_path, name):
    data, entry = TEXTS[name], IMPORTERS[name]
    paths = [tmp_path / f"demo{suffix}" for suffix in entry.suffixes]
    paths += [tmp_path / "demo", tmp_path / "demo.txt", tmp_path / f"demo{entry.suffixes[0]}.gz"]
    resources = model(tmp_path, name)
    for path in paths:
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
        problem = load(path, resources=resources)
        assert problem == load(path, resources=resources, format=name)
        assert problem.nodes > 1
        if name != "json":
            assert problem.name == "demo"


@pytest.mark.parametrize("name", WRITERS)
def test_saved_circuits_come_back(tmp_path, name):
    for suffix in (*IMPORTERS[name].suffixes, IMPORTERS[name].suffixes[0] + ".gz"):
        save(CIRCUIT, tmp_path / f"x{suffix}")
        assert load(tmp_path / f"x{suffix}") == CIRCUIT
    save(CIRCUIT, tmp_path / "x", format=name)
    assert load(tmp_path / "x") == CIRCUIT


def test_unknown_formats(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"x.csv: of no known format; name one of gml \(\.gml\)"):
        load(path)
    with pytest.raises(InputError, match=r"x.csv: of no known format"):
        save(CIRCUIT, path)
    with pytest.raises(SettingsError, match="unknown format 'xls'; known: aiger, aiger-ascii"):
        load(path, format="xls")
    with pytest.raises(InputError, match=r"x.csv:1: not an AIGER file"):
        load(path, format="aiger")


def test_a_format_that_is_only_read(tmp_path):
    with pytest.raises(InputError, match="format blif is only read; write gml, aiger"):
        save(CIRCUIT, tmp_path / "x.blif")


def test_a_refused_problem_leaves_no_file(tmp_path):
    with pytest.raises(InputError, match="AIGER holds and-inverter graphs only"):
        save(make_problem(["a"]), tmp_path / "x.aig")
    assert list(tmp_path.iterdir()) == []


def test_resources_where_none_are_taken(tmp_path):
    (tmp_path / "x.gml").write_text(GML_TEXT)
    with pytest.raises(InputError, match=r"x.gml: format gml takes no resource model"):
        load(tmp_path / "x.gml", resources=tmp_path / "model.xml")


def test_resources_that_are_missing(tmp_path):
    (tmp_path / "x.graphml").write_text(GRAPH.replace("{namespace}", ""))
    with pytest.raises(InputError, match=r"model.xml: does not exist"):
        load(tmp_path / "x.graphml", resources=tmp_path / "model.xml")
    with pytest.raises(InputError, match=r"x.graphml: .* pass its resource model with --resources"):
        load(tmp_path / "x.graphml")


def test_messages_name_the_file(tmp_path):
    (tmp_path / "x.gml").write_text("graph [ directed 1\n node [ ] ]")
    with pytest.raises(InputError) as error:
        load(tmp_path / "x.gml")
    assert str(error.value).startswith(f"{tmp_path / 'x.gml'}:2: ")


@pytest.mark.parametrize("name", [name for name in IMPORTERS if "aiger" not in name])
def test_text_that_is_no_utf8(name):
    with pytest.raises(InputError, match="not UTF-8 text"):
        IMPORTERS[name].read(source(TEXTS[name] + b"\n\xff", resources=MODEL))


@pytest.mark.parametrize("name", ["aiger", "aiger-ascii"])
def test_comments_of_aiger_are_any_bytes(name):
    assert IMPORTERS[name].read(source(TEXTS[name] + b"\n\xff")).nodes > 1


def test_benchmark_index(bench):
    rows = index_rows(bench, "rw")
    assert len(rows) == 12
    for row in rows:
        p = load(bench / row["path"])
        assert (p.nodes, p.edges, p.loop_carried) == (int(row["nodes"]), int(row["edges"]), 0)
