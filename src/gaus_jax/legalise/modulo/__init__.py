"""Legal schedules at an initiation interval, under limits of resources."""
