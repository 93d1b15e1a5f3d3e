"""Force-directed scheduling."""
