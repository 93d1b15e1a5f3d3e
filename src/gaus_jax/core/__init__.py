"""Problems, schedules and the exact integer mathematics on them (NumPy only)."""
