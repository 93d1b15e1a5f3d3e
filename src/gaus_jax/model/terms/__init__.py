"""The terms of which every objective is a weighted sum."""

from gaus_jax.base.registry import Table, table
from gaus_jax.model.terms.communication import Communication
from gaus_jax.model.terms.footprint import Footprint
from gaus_jax.model.terms.latency import Latency
from gaus_jax.model.terms.peak_live import PeakLive
from gaus_jax.model.terms.peak_usage import PeakUsage
from gaus_jax.model.terms.term import Term as Term

TERMS: Table[Term] = table("term", PeakUsage(), Communication(), PeakLive(), Footprint(), Latency())
