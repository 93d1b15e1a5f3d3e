"""The search of objective S: from rules, Gaussian positions and moves to an order of execution."""
