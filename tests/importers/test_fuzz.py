"""Damaged files raise InputError or read as something; nothing else, and no warning."""

import contextlib
import random

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.importers import IMPORTERS
from tests.importers.cases import source
from tests.importers.test_hatschet import MODEL
from tests.importers.test_load import TEXTS

PIECES = [b"[", b"]", b"{", b"}", b'"', b"<", b">", b"-1", b"1e400", b"9" * 30, b"\x00", b"\xff"]
PIECES += [b"nan", b"\n", b"\\", b"#", b"&#0;", b"->", b"=", b"id", b"0", b"null", b"1_0"]


def damage(data: bytes, rng: random.Random) -> bytes:
    """Flip, cut, repeat, remove or insert something, up to three times."""
    for _ in range(rng.randint(1, 3)):
        at, to = sorted(rng.choices(range(len(data) + 1), k=2))
        near = min(to, at + rng.randint(1, 12))
        kind = rng.randrange(6)
        if kind == 0:
            data = data[:at]
        elif kind == 1:
            data = data[:at] + data[near:]
        elif kind == 2:
            data = data[:near] + data[at:]
        elif kind == 3:
            data = data[:at] + rng.choice(PIECES) + data[near:]
        elif kind == 4:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        else:
            data = data[:at] + rng.choice(PIECES) + data[at:]
    return data


@pytest.mark.parametrize("name", IMPORTERS)
@pytest.mark.parametrize("rounds", [300, pytest.param(20000, marks=pytest.mark.slow)])
def test_damaged_files(name, rounds):
    rng = random.Random(rounds)
    refused = 0
    for k in range(rounds):
        model, data = MODEL.encode(), TEXTS[name]
        if IMPORTERS[name].takes_resources and k % 2:
            model = damage(model, rng)
        else:
            data = damage(data, rng)
        with contextlib.suppress(InputError):
            IMPORTERS[name].read(source(data, resources=model)).sha256  # noqa: B018
            refused -= 1
        refused += 1
    assert 0 < refused < rounds


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_truncation(name):
    refused = 0
    for end in range(len(TEXTS[name])):
        try:
            IMPORTERS[name].read(source(TEXTS[name][:end], resources=MODEL))
        except InputError:
            refused += 1
    assert refused >= len(TEXTS[name]) // 2
