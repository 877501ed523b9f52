"""The network's inner loops, compiled by numba: what torch would do in many passes over memory, in few.

Images lie innermost: an array (C, H, W·B) holds B images, so that a row of a convolution is one long loop that fills
vector registers whatever the number of channels. `forward` and `backward` are one call each: between small kernels,
Python and waking threads would take as long as the kernels.
"""

from normlab.training.kernels.network import backward, forward
from normlab.training.kernels.normalization import Chain
from normlab.training.kernels.views import INPUTS, OUTPUTS, SIZE, Net, X

__all__ = ["INPUTS", "OUTPUTS", "SIZE", "Chain", "Net", "X", "backward", "forward"]
