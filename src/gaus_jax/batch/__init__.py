"""Many problems, many settings, many machines."""
