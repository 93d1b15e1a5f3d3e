"""The gradient loop on packed graphs."""
