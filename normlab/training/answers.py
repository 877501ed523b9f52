"""What a network answers, the fastest way there is: `StudyNet` itself says what that is, fused.py computes it sooner.

Does not know how either does it. A network is called itself where numba cannot be imported, or while a hook listens to
one of its modules.
"""

from torch import Tensor, nn

from normlab.training.model import StudyNet
from normlab.training.threads import HAS_KERNELS

if HAS_KERNELS:
    from normlab.training import fused


def answers(network: nn.Module, images: Tensor) -> Tensor:
    """Log-probabilities (B, 10) of normalized images (B, 1, 28, 28), with gradients where they are enabled."""
    if HAS_KERNELS and isinstance(network, StudyNet) and not is_watched(network):
        return fused.answers(network, images)
    found: Tensor = network(images)
    return found


def is_watched(network: StudyNet) -> bool:
    """Whether a hook listens to one of its modules, which only the network itself calls."""
    modules = (network, *network.children(), *network.layers())
    return any(module._forward_hooks or module._forward_pre_hooks for module in modules)
