"""What a network answers, the fastest way there is: `StudyNet` itself says what that is, fused.py computes it sooner.

Does not know how either does it. A network is called itself where numba cannot be imported, or while a hook listens to
one of its modules.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from normlab.training.model import StudyNet
from normlab.training.threads import HAS_KERNELS

if HAS_KERNELS:
    from normlab.training import fused


@torch.no_grad()
def answers(network: nn.Module, images: Tensor) -> Tensor:
    """Log-probabilities (B, 10) of normalized images (B, 1, 28, 28), without a graph."""
    if HAS_KERNELS and isinstance(network, StudyNet) and not is_watched(network):
        return fused.answers(network, images)
    found: Tensor = network(images)
    return found


def learn(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """As `answers`; and the parameters' gradients grow by those of the mean negative log-likelihood of labels (B,)."""
    if HAS_KERNELS and isinstance(network, StudyNet) and not is_watched(network):
        return fused.learn(network, images, labels)
    found: Tensor = network(images)
    F.nll_loss(found, labels).backward()
    return found.detach()


def is_watched(network: StudyNet) -> bool:
    """Whether a hook listens to one of its modules, which only the network itself calls."""
    return any(module._forward_hooks or module._forward_pre_hooks for module in network.all_modules)
