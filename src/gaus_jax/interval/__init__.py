"""The least initiation interval: found, shortened, and proved as far as it can be."""
