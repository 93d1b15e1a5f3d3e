"""From means to legal integer schedules, and from there to better ones."""
