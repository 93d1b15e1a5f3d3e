"""Schedules under resource limits, at an initiation interval or without one."""
