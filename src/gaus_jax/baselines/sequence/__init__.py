"""Orders of execution by simple rules, and exact ones of small graphs."""
