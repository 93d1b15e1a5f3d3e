"""Real functions with random weights, for tests, examples and measurements."""

from gaus_jax.base.registry import table
from gaus_jax.xla.programs import dense, images, networks
from gaus_jax.xla.programs.program import Entry as Entry

PROGRAMS = table(
    "program",
    Entry("mlp", "gradient of a perceptron; layers", dense.mlp_gradient, 8, 2),
    Entry("transformer", "gradient of blocks; layers", dense.transformer_gradient, 4, 1),
    Entry("resnet", "gradient of a residual network; blocks", images.resnet_gradient, 2, 1),
    Entry("unet", "with skip connections; levels", images.unet, 3, 1),
    Entry("experts", "a mixture of experts; experts", dense.mixture_of_experts, 8, 3),
    Entry("fft", "filters of frequency bands; bands", images.fft_pipeline, 8, 3),
    Entry("diffusion", "a guided denoising step; levels", images.diffusion_step, 2, 1),
    Entry("lstm", "gradient of an unrolled LSTM; steps", dense.lstm_gradient, 24, 4),
    Entry("graph", "gradient of a graph network; rounds", dense.graph_network, 4, 2),
    Entry("wired", "a randomly wired network; nodes", images.randomly_wired, 24, 8),
    Entry("sorts", "independent branches of two sorts; branches", dense.sorted_branches, 8, 3),
    Entry("unet_gradient", "gradient of a U-Net; levels", images.unet_gradient, 3, 1),
    Entry("wired_gradient", "gradient of a wiring; nodes", images.wired_gradient, 12, 6),
    Entry("inception", "blocks of branches, flax.linen; blocks", networks.inception, 3, 1),
    Entry("vision", "gradient, flax.nnx; layers", networks.vision_transformer, 3, 1),
)
