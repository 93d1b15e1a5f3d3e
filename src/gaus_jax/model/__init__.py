"""Objectives, constraints and the verifier: each part with an exact and a smooth face."""
