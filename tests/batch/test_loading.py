"""Processes that load: one that dies costs its own file alone."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from gaus_jax.base.errors import InputError
from gaus_jax.batch.items import Item
from gaus_jax.batch.loading import Loaders
from gaus_jax.core.build import make_problem
from gaus_jax.importers import save


class Deadly:
    """Ends the process that it is unpickled in."""

    def __reduce__(self):
        return os.abort, ()


@pytest.mark.slow
def test_a_file_that_ends_its_process_costs_nobody_else_anything(tmp_path):
    items = []
    for k in range(12):
        path = tmp_path / f"{k}.json"
        save(make_problem(k + 1), path)
        about = {"deadly": Deadly()} if k in (3, 4) else {}
        items.append(Item(name=path.name, path=path, objective=about))

    def load(item):
        try:
            return loaders.load(item).nodes
        except InputError as error:
            return str(error)

    with Loaders(2) as loaders, ThreadPoolExecutor(12) as pool:
        found = list(pool.map(load, items))
    for k, one in enumerate(found):
        if k in (3, 4):
            assert "the process that read it was ended" in one
        else:
            assert one == k + 1
