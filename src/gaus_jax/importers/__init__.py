"""Readers and writers of graph files."""

from gaus_jax.importers.load import IMPORTERS as IMPORTERS
from gaus_jax.importers.load import labels as labels
from gaus_jax.importers.load import load as load
from gaus_jax.importers.load import save as save
