"""What people and other programs read: result files, summaries, tables."""
