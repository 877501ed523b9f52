"""The network's inner loops, compiled by numba: what torch would do in many passes over memory, in few.

Images lie innermost: an array (C, H, W·B) holds B images, so that a row of a convolution is one long loop that fills
vector registers whatever the number of channels. The dear ones take their number of rows first, and divide them among
the threads; the result does not depend on the number of threads.
"""

from normlab.training.kernels.convolution import convolve, convolve_relu, weight_gradient
from normlab.training.kernels.normalization import normalize, normalize_gradient
from normlab.training.kernels.pooling import mix_pool, mix_pool_gradient
from normlab.training.kernels.scaling import relu_gradient, scale_shift, scale_shift_gradient

__all__ = [
    "convolve",
    "convolve_relu",
    "mix_pool",
    "mix_pool_gradient",
    "normalize",
    "normalize_gradient",
    "relu_gradient",
    "scale_shift",
    "scale_shift_gradient",
    "weight_gradient",
]
