"""Many settings over the same problems: what to try, the trying, and what came of it."""
