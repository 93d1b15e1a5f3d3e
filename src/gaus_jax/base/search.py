"""Settings of the search: a portfolio of parts, run once or again and again."""

from dataclasses import dataclass

from gaus_jax.base.checks import check_numbers, check_positive, fault


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part: where its lanes begin, how the gradient moves them, and how they are refined."""

    # In turn over the lanes: "middle" of the windows, "random", "best" so far, one of the "pool",
    # "opening" (the best of the relaxations in it, where that is not far from the best of all), or
    # any schedule at hand (a baseline's, a bound's point, "given"). What is not at hand is
    # passed over, and so is a part that has no other.
    starts: tuple[str, ...] = ("pool",)
    needs: str = ""  # a schedule that must be at hand, or the part is passed over
    gradient: float = 1.0  # part of the annealing at which it begins; 0: all of it, 1: no gradient
    linear: int = 0  # iterations of the linear relaxation near the start that reshape it; 0: none
    near: int = 4  # steps around the start that windows shrink to for it, at most; 0: not at all
    loose: float = 0.3  # of the nodes keep their whole windows even so, at most
    heat: float = 1.0  # of the refinement, in mean uphill moves; 0: none; lanes spread around it
    length: float = 1.0  # of the refinement, in `legalise.sweeps`
    share: float = 0.15  # of the seconds left
    lanes: int = 0  # side by side; 0, or a gradient: `optimise.restarts`
    abreast: int = 1  # parts of the steps that a long cooling works on at once, on as many threads
    after: int = 0  # rounds of the cycle before a long cooling begins

    def __post_init__(self) -> None:
        check_numbers("part", self)
        object.__setattr__(self, "starts", tuple(self.starts))  # hashable, also from a list
        if not self.starts:
            raise fault("part", "starts", "is empty; name at least one start")
        check_positive("part", "share", self.share)
        check_positive("part", "abreast", self.abreast)
        for name in ("gradient", "share", "loose"):
            if getattr(self, name) > 1:
                raise fault("part", name, f"is {getattr(self, name)}; it is at most 1")


OPENING = (
    Part(starts=("capped_flow", "lifetime_flow", "list_best"), lanes=1, share=0.4),
    Part(
        starts=("middle", "capped_flow", "communication_flow", "list_best", "random"),
        gradient=0.0,
        share=0.4,
    ),
)
CYCLE = (
    Part(starts=("best", "pool"), gradient=0.3),
    Part(starts=("best", "pool"), linear=60, heat=0.1, lanes=2),
    Part(starts=("time_indexed",), linear=100, near=0, heat=0.1, lanes=2),
    Part(starts=("best",), heat=0.3, length=10.0, lanes=1),
)


LONG = (
    Part(starts=("opening",), heat=0.2, share=0.7),
    Part(starts=("best",), needs="capped_flow", heat=0.2, share=0.85, lanes=1, abreast=2, after=2),
    Part(starts=("opening",), heat=1.0, share=0.85, lanes=1, abreast=2),
)


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """The parts of the search and what they share."""

    threads: int = 0  # that refine side by side; 0: as many as the process has cores
    pool: int = 6  # schedules that are kept to go on from
    linear_size: int = 2_000_000  # node variables of the time-indexed relaxation, at most
    climb: bool = True  # the time-indexed bound beside the search; its points are starts
    # Steps of a gradient for each step of the depth, below which it is left out: what one end of a
    # long graph asks for takes so many to reach the other.
    least_steps: float = 0.25
    opening: tuple[Part, ...] = OPENING  # each once, in this order
    cycle: tuple[Part, ...] = CYCLE  # again and again; those that lately paid, more often
    # One cooling each over a share of the seconds: beside the cycle, or, of several parts abreast,
    # in its stead, after so many of its rounds. The first of several parts where a schedule is
    # large and long enough, else the others.
    long: tuple[Part, ...] = LONG

    def __post_init__(self) -> None:
        check_numbers("search", self)
        if self.pool < 1:
            raise fault("search", "pool", "is 0; it must hold at least one schedule")
