"""What the device work of one padded shape was."""

from dataclasses import dataclass


@dataclass
class Tally:
    """What a bucket's device work was, for the summary."""

    compile_s: float = 0.0
    device_s: float = 0.0
    chunks: int = 0
    finished: int = 0
    useful: float = 0.0  # work of real nodes, edges, events and steps
    padded: float = 0.0  # work of all slots, empty ones included
    halved: int = 0

    @property
    def waste(self) -> float:
        """The share of the device's work that padding and empty slots took."""
        return 1 - self.useful / self.padded if self.padded else 0.0
