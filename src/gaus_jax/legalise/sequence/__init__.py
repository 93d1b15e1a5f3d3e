"""Orders of execution: refinement by moves of convex parts."""
