"""Differentiable operator scheduling by Gaussian reparameterisation, vectorised in JAX."""
