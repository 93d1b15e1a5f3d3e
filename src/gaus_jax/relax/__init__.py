"""From integers to Gaussians: packed graphs, expected profiles, smooth maxima."""
