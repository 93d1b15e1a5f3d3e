"""Placeholder."""

import numpy as np

from gaus_jax.core.problem import Problem
from gaus_jax.xla.peak import peak


def order(problem: Problem, settings=None, key: int = 0) -> np.ndarray:
    """The better of the program's order and a greedy one."""
    n = problem.nodes
    candidates = [np.arange(n), _dfs(problem), _greedy(problem)]
    return min(candidates, key=lambda o: peak(problem, o))


def _dfs(problem: Problem) -> np.ndarray:
    entering = problem.entering
    out, seen = [], np.zeros(problem.nodes, bool)
    has = np.bincount(problem.tail, minlength=problem.nodes) > 0
    pre = [problem.tail[entering.item[entering.first[i]:entering.first[i+1]]] for i in range(problem.nodes)]
    for r in [i for i in range(problem.nodes) if not has[i]]:
        stack = [(r, 0)]
        while stack:
            i, k = stack.pop()
            if seen[i]: continue
            if k < len(pre[i]):
                stack.append((i, k + 1))
                if not seen[pre[i][k]]: stack.append((int(pre[i][k]), 0))
            else:
                seen[i] = True; out.append(i)
    return np.array(out, np.int64)


def _greedy(problem: Problem) -> np.ndarray:
    n = problem.nodes
    succ = [set() for _ in range(n)]; pred = [set() for _ in range(n)]
    data_in = [set() for _ in range(n)]; left = [set() for _ in range(n)]
    for t, h, d in zip(problem.tail.tolist(), problem.head.tolist(), problem.is_data.tolist()):
        succ[t].add(h); pred[h].add(t)
        if d: data_in[h].add(t); left[t].add(h)
    ready = {i for i in range(n) if not pred[i]}
    out = []
    size = problem.size
    while ready:
        def cost(i):
            freed = sum(size[t] for t in data_in[i] if len(left[t]) == 1 and not problem.output[t])
            return (size[i] - freed, i)
        i = min(ready, key=cost)
        ready.remove(i); out.append(i)
        for t in data_in[i]: left[t].discard(i)
        for j in succ[i]:
            pred[j].discard(i)
            if not pred[j]: ready.add(j)
    return np.array(out, np.int64)
