"""Errors, registry and settings: the layer that depends on nothing but the standard library."""
