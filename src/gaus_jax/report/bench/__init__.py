"""Tables, curves and profiles of the records of a benchmark."""
