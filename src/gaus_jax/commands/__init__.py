"""The commands of ``gaus-jax``: arguments in, exit code out; a file each, and what they share."""
