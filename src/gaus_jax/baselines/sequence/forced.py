"""Nodes that an order of least peak may as well run at once.

What is held after a downset ``S`` is a cut of the graph, ``h(S)``, and so submodular. Let ``C``
follow ``S`` without a step that is fuller than the peak so far, and let no downset between ``S``
and ``S + C`` hold less than ``S + C``. Then for any set ``T`` that an order runs next,

    h(S + T + C) <= h(S + T) + h(S + C) - h(S + (T and C)) <= h(S + T):

the order that runs ``C`` first is never fuller. Such sets are looked for among chains, each node of
which the one before makes ready, so that the sets between are the chain's beginnings. (For trees:
Liu, "An Application of Generalized Tree Pebbling to Sparse Matrix Factorization", 1987.)
"""

from numba import njit

DEEP, TRIED = 8, 24  # nodes of a chain that is looked for; those that are looked at for each


@njit(cache=True, nogil=True)
def forced(flow, missing, left, ready, held, peak, path, cursor, before):
    """A ready node that had best run at once; -1 where none is known.

    Args:
        flow: of the problem.
        missing: (N,) int64, nodes that each node waits for; as before on return.
        left: (N,) int64, readers of each value that have not run; as before on return.
        ready: (R,) int64, nodes that wait for none.
        held: bytes that are held now.
        peak: bytes, the fullest step so far; no fuller one is looked at.
        path: (DEEP,) int64, room for a chain.
        cursor: (DEEP,) int64, room for the places in it.
        before: (DEEP,) float64, room for what is held along it.
    """
    for i in ready:
        if held + flow.size[i] + flow.workspace[i] <= peak and added(flow, left, i) <= 0:
            return i
    for i in ready:
        if held + flow.size[i] + flow.workspace[i] <= peak and _chain(
            flow, missing, left, i, held, peak, path, cursor, before
        ):
            return i
    return -1


@njit(cache=True, nogil=True)
def added(flow, left, i):
    """What is held after a node more than before it, bytes."""
    more = flow.size[i]
    if left[i] == 0 and not flow.kept[i]:
        more = 0.0
    for at in range(flow.reads.first[i], flow.reads.first[i + 1]):
        v = flow.reads.item[at]
        if left[v] == 1 and not flow.kept[v]:
            more -= flow.size[v]
    return more


@njit(cache=True, nogil=True)
def count_run(flow, missing, left, i, way):
    """Count a node as run (``way`` -1), or as not run after all (1)."""
    for at in range(flow.after.first[i], flow.after.first[i + 1]):
        missing[flow.after.item[at]] += way
    for at in range(flow.reads.first[i], flow.reads.first[i + 1]):
        left[flow.reads.item[at]] += way


@njit(cache=True, nogil=True)
def _chain(flow, missing, left, root, held, peak, path, cursor, before):
    """Whether a chain that begins with a node ends with no more held than now."""
    depth, tried, good = 0, 0, False
    path[0], before[0], cursor[0] = root, held, flow.after.first[root]
    now = held + added(flow, left, root)
    count_run(flow, missing, left, root, -1)
    while depth >= 0:
        i = path[depth]
        ended = depth == DEEP - 1 or tried == TRIED or cursor[depth] == flow.after.first[i + 1]
        if good or ended:
            count_run(flow, missing, left, i, 1)
            now = before[depth]
            depth -= 1
            continue
        j = flow.after.item[cursor[depth]]
        cursor[depth] += 1
        if missing[j] > 0:
            continue
        tried += 1
        if now + flow.size[j] + flow.workspace[j] > peak:
            continue
        more = added(flow, left, j)
        good = now + more <= held
        if not good:
            depth += 1
            path[depth], before[depth], cursor[depth] = j, now, flow.after.first[j]
            now += more
            count_run(flow, missing, left, j, -1)
    return good
