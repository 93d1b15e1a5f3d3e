"""How many graphs go side by side: by the memory of the devices, and by how many there are."""

import numpy as np
from jax.sharding import Mesh

from gaus_jax.base.batch import BatchSettings
from gaus_jax.footprint import BINS, DENSE, MEGA, NODE
from gaus_jax.relax.pack import Shape

SHARE = 0.5  # of the memory that is free, for one bucket's slots
MOST_HOST, MOST_DEVICE = 8, 2048  # slots: few are left empty on CPU, enough to fill an accelerator


def slots_for(shape: Shape, expected: int, settings: BatchSettings, mesh: Mesh) -> int:
    """Slots of a bucket, a power of two unless they were asked for.

    Args:
        shape: padded.
        expected: graphs that are known to come, 0 where there is no end in sight.
        settings: of the batch.
        mesh: the devices.
    """
    asked, shares = settings.line.slots, mesh.devices.size
    if asked:
        return asked
    host = mesh.devices.flat[0].platform == "cpu"
    most = MOST_HOST * shares if host else MOST_DEVICE * shares
    most = min(most, SHARE * free_memory(mesh) * shares / each(shape, settings))
    if expected:
        most = min(most, 2 ** int(np.ceil(np.log2(expected))))
    return max(shares, 2 ** int(np.log2(max(most, 1))))


def each(shape: Shape, settings: BatchSettings) -> float:
    """Megabytes of one slot: its graph, its states and the temporaries of a step."""
    own = NODE * (shape.free + shape.edges + shape.uses + shape.changes + shape.consumers)
    profiles = NODE * shape.steps * (shape.classes + 1)
    evaluation = settings.relax.evaluation
    bins = shape.steps if evaluation == "dense" else BINS.get(evaluation) or settings.relax.window
    events = shape.uses + shape.changes + shape.values
    return (1 + settings.lanes) * (own + profiles + DENSE * events * bins) / MEGA


def free_memory(mesh: Mesh) -> float:
    """Megabytes that are free on one device; on CPU those of the machine, shared by all."""
    device = mesh.devices.flat[0]
    stats = device.memory_stats() or {}
    if "bytes_limit" in stats:
        return (stats["bytes_limit"] - stats.get("bytes_in_use", 0)) / MEGA
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return float(lines["MemAvailable"].split()[0]) * 1024 / MEGA / mesh.devices.size
    except (OSError, KeyError):  # not Linux
        return 1024.0
