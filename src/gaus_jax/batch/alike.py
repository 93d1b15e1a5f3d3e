"""Programs of all padded shapes that round alike."""

import platform
from collections.abc import MutableMapping

FLAG = "--xla_cpu_max_isa="


def round_alike(environment: MutableMapping[str, str]) -> None:
    """Have XLA, before it starts, make programs for CPUs that round alike whatever the shape.

    Where a processor can multiply and add in one step, which rounds once, XLA does so or not by how
    it has fused a program, and that depends on shapes: a graph would now and then have another
    schedule in other company. AVX has no such step. What the user has chosen is left alone.
    """
    flags = environment.get("XLA_FLAGS", "")
    if platform.machine() in ("x86_64", "AMD64") and FLAG not in flags:
        environment["XLA_FLAGS"] = f"{flags} {FLAG}AVX".strip()
