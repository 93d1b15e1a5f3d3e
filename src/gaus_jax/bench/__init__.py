"""Instances times methods times seeds times limits: run once each, and recorded."""
