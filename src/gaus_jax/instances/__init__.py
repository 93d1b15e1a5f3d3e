"""Real graphs, constructed: circuits, synthesis data-flow graphs, loops, random workloads."""
