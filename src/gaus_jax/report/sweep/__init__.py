"""What a sweep found: tables, the best settings as a file, plots."""
