"""What the device sees of a problem: padded arrays in which all that is certain is a constant.

Nodes without mobility leave the optimisation. Edges that can never bind are dropped, and so are
consumers that can never be a value's last. What fixed nodes occupy or hold is added up beforehand.
"""

import equinox as eqx
from jaxtyping import Array, Bool, Float, Int


class Events(eqx.Module):
    """``M`` weighted events: at step ``s_node + offset``, row ``row`` changes by ``weight``."""

    node: Int[Array, " M"]  # index into free nodes, then fixed ones
    offset: Float[Array, " M"]  # steps
    low: Float[Array, " M"]  # first possible step
    high: Float[Array, " M"]  # last possible step
    weight: Float[Array, " M"]
    row: Int[Array, " M"]
    mask: Bool[Array, " M"]


class Lasts(eqx.Module):
    """``V`` values with several possible last consumers, ``C`` pairs of value and consumer."""

    weight: Float[Array, " V"]  # size of the value
    low: Float[Array, " V"]  # first possible step of its death
    high: Float[Array, " V"]  # last possible step of its death
    mask: Bool[Array, " V"]
    value: Int[Array, " C"]  # sorted
    consumer: Int[Array, " C"]  # index into free nodes, then fixed ones
    offset: Float[Array, " C"]  # steps from the consumer's start to the death
    consumer_mask: Bool[Array, " C"]


class Graph(eqx.Module):
    """One packed problem, or a batch of equal shapes with a leading axis ``B`` on every array.

    ``F`` free nodes, ``X`` fixed nodes that still bound something, ``E`` edges that can bind,
    ``T`` steps, ``R`` classes. Made by `gaus_jax.relax.pack.pack`.
    """

    low: Float[Array, " F"]  # ASAP, steps
    high: Float[Array, " F"]  # ALAP, steps
    free_mask: Bool[Array, " F"]
    fixed_start: Float[Array, " X"]  # steps
    tail: Int[Array, " E"]
    head: Int[Array, " E"]
    reach: Float[Array, " E"]  # l_i + delta_e, steps
    edge_mask: Bool[Array, " E"]
    pull: Float[Array, " F"]  # communication per step of start
    communication_base: Float[Array, ""]
    usage: Events
    usage_base: Float[Array, "R T"]
    usage_mask: Bool[Array, " T"]
    class_cost: Float[Array, " R"]
    limit: Float[Array, " R"]  # units; inf where there is none
    unit: Float[Array, " R"]  # the mean demand of a use, units
    changes: Events  # births, and deaths with one possible last consumer
    lasts: Lasts
    live_base: Float[Array, " T"]
    live_mask: Bool[Array, " T"]  # of steps, or of slots where it folds
    workspace: Float[Array, " F"]  # bytes in the step in which a node starts
    workspace_base: Float[Array, " T"]  # of fixed nodes
    slot: Int[Array, " T"]  # the step, ``mod II`` where it folds
    slot_mask: Bool[Array, " T"]  # steps or slots in which limits hold
    duration: Float[Array, " F"]  # max(l_i, 1), steps
    finish_base: Float[Array, ""]  # when the last fixed node finishes
    term_weight: Float[Array, " terms"]  # in the order of the objective's terms
    spans: bool = eqx.field(static=True)  # whether any use takes other than one cycle
    folds: bool = eqx.field(static=True)  # whether there is an II

    @property
    def mobility(self) -> Float[Array, " F"]:
        """``ALAP - ASAP``, steps; 0 where padded."""
        return self.high - self.low
