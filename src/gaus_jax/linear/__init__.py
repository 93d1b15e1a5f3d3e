"""Linear programmes over starts, which bounds and baselines share."""
