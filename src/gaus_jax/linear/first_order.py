"""A restarted primal-dual method for the time-indexed relaxation, and the bound of its prices.

The saddle point of ``c x + sum_p w_p lambda_p (U_p x + u_p) + y (A x)`` over ``x`` in the unit box,
``lambda_p`` in the unit simplex and ``y >= 0`` is sought by the primal-dual hybrid gradient
(Chambolle and Pock 2011) with diagonal steps (Pock and Chambolle 2011), as a reflected Halpern
iteration that is restarted when its residual has fallen (Lu and Yang 2024, Applegate et al. 2021).
"""

from typing import NamedTuple

import numpy as np

from gaus_jax.linear import kernels
from gaus_jax.linear.kernels import State, Work
from gaus_jax.linear.prices import Dual, proved
from gaus_jax.linear.time_indexed import TimeIndexed

STEP = 0.95  # of the longest step that the diagonal preconditioner allows
OMEGA = 0.05  # first ratio of dual to primal steps; restarts adapt it


class Saved(NamedTuple):
    """An iterate without its anchor."""

    x: np.ndarray  # (V,) float32
    y: np.ndarray  # (Q,) float32
    price: np.ndarray  # (H,) float64
    omega: float


class FirstOrder:
    """An iterate of the method; `advance` moves it on, `dual` and `started` read it.

    Args:
        model: the relaxation.
        before: an iterate of the same relaxation at a coarser stride, to begin from.
    """

    def __init__(self, model: TimeIndexed, before: "FirstOrder | None" = None) -> None:
        self.model = model
        weight = np.repeat(model.peak_weight, np.diff(model.peak))
        entry = model.amount * weight[model.part_row]
        sizes = np.abs(np.concatenate([entry, model.slope]))
        self.unit = float(sizes[sizes > 0].mean()) if np.any(sizes > 0) else 1.0
        self.work = _work(model, entry / self.unit, weight * model.base / self.unit, self.unit)
        x, y, price = _start(model) if before is None else _finer(model, before)
        self.state = State(
            x=x, y=y, price=price,
            x_anchor=x.copy(), y_anchor=y.copy(), price_anchor=price.copy(),
            pull=np.zeros_like(x), mirrored=np.zeros_like(x),
            x_next=x.copy(), price_next=price.copy(),
            scalar=np.array([OMEGA, 0.0, 0.0, 0.0, np.inf]),
        )  # fmt: skip
        kernels.restart(self.work, self.state)
        self.first_residual = np.inf

    def advance(self, count: int) -> None:
        """So many iterations."""
        if self.iterations == 0 and count > 0:
            kernels.iterate(self.work, self.state, 1)
            self.first_residual = self.residual
            count -= 1
        kernels.iterate(self.work, self.state, count)

    @property
    def iterations(self) -> int:
        """How many there have been."""
        return int(self.state.scalar[kernels.COUNT])

    @property
    def residual(self) -> float:
        """How far the last iteration moved, in the norm of the steps."""
        return float(self.state.scalar[kernels.LAST])

    def dual(self, within: tuple[np.ndarray, np.ndarray] | None = None) -> Dual:
        """What the present prices prove, of all schedules or of those within some ranges."""
        return proved(self.model, self.state.price_next, self.unit * self.state.y, within)

    def saved(self) -> Saved:
        """What to `resume` from."""
        state = self.state
        x, y, price = state.x_next.copy(), state.y.copy(), state.price_next.copy()
        return Saved(x, y, price, float(state.scalar[kernels.OMEGA]))

    def resume(self, saved: Saved, begin: np.ndarray, end: np.ndarray) -> None:
        """Go on from an iterate, with every entity held to some of its steps.

        Args:
            saved: of this relaxation.
            begin: (M,) int64, the first step left to each entity, counted from its own first.
            end: (M,) int64, the last one.
        """
        state = self.state
        state.x[:], state.y[:], state.price[:] = saved.x, saved.y, saved.price
        kernels.hold(self.model.first, begin, end, self.work.least, self.work.most)
        state.scalar[:] = saved.omega, 0.0, 0.0, 0.0, np.inf
        kernels.restart(self.work, state)
        state.x_next[:], state.price_next[:] = state.x, state.price

    def started(self) -> np.ndarray:
        """(V,) float32 in 0 .. 1, the part that has started; perhaps not quite feasible."""
        return self.state.x_next


def _start(model: TimeIndexed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every start equally likely, equal prices in each peak's rows that can change."""
    count = np.diff(model.first)
    x = (np.arange(model.variables) - np.repeat(model.first[:-1], count) + 1.0) / (
        np.repeat(count, count) + 1.0
    )
    price = np.zeros(int(model.peak[-1]))
    for begin, end in zip(model.peak[:-1], model.peak[1:], strict=True):
        price[begin:end] = 1.0 / (end - begin)
    return x.astype(np.float32), np.zeros(int(model.row[-1]), np.float32), price


def _work(model: TimeIndexed, entry, base, unit: float) -> Work:
    """Steps: one over the sum of a column's, or of a block of rows', magnitudes."""
    column, rows = np.zeros(model.variables), np.zeros(base.size)
    kernels.add_sizes(
        model.row, model.less, model.more, model.part, model.part_row, model.part_size,
        np.abs(entry), column, rows,
    )  # fmt: skip
    blocks = zip(model.peak[:-1], model.peak[1:], strict=True)
    return Work(
        model.row, model.less, model.more, model.part, model.part_row, model.part_size,
        entry.astype(np.float32), base, model.peak, (model.slope / unit).astype(np.float32),
        np.zeros(model.variables, np.float32), np.ones(model.variables, np.float32),
        (STEP / np.maximum(column, 1e-9)).astype(np.float32),
        np.array([STEP / max(rows[a:b].max(), 1e-9) for a, b in blocks]),
    )  # fmt: skip


def _finer(model: TimeIndexed, before: FirstOrder) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A coarser iterate read at finer steps; a price is shared by the steps that it stood for."""
    coarse, x, y, price = before.model, *_start(model)
    entity = np.repeat(np.arange(model.low.size), np.diff(model.first))
    step = (np.arange(x.size) - model.first[entity] + model.low[entity]) * model.stride
    column = step // coarse.stride - coarse.low[entity]
    inside = (column >= 0) & (column < np.diff(coarse.first)[entity])
    at = np.minimum(coarse.first[entity] + column, max(coarse.variables - 1, 0))
    x[:] = np.where(column < 0, 0, 1)
    x[inside] = before.started()[at[inside]]
    for p in range(model.peak_weight.size):
        rows = np.arange(model.peak[p + 1] - model.peak[p]) - 1
        old = before.state.price[coarse.peak[p] : coarse.peak[p + 1]]
        now = old[np.clip(rows * model.stride // coarse.stride + 1, 0, old.size - 1)]
        price[model.peak[p] : model.peak[p + 1]] = now / now.sum()
    return x, y, price
