"""The layers that torch does not have in this form: their random numbers, ghost batches, or speed on small networks."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_WORDS = 2**32


class Draw(NamedTuple):
    """One mask of dropout: a place is dropped where the hash of its number and `key` is below `threshold` (both are
    32-bit words without a sign); what is kept is multiplied by `scale`."""

    key: int
    threshold: int
    scale: float


KEEP_ALL = Draw(0, 0, 1.0)


class Dropout(nn.Module):
    """Zeroes each value with probability p in training, and scales the others by 1/(1-p); identity in eval mode.

    Srivastava et al. 2014 (in the "inverted" form). A mask is a key from the layer's own generator, hashed with each
    place's number: it need not be stored, costs almost nothing where it is fused with something else (fused.py), and is
    the same there. p is rounded to a multiple of 2⁻³².
    """

    def __init__(self, p: float, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator
        self.threshold = round(p * _WORDS)
        self.scale = _WORDS / (_WORDS - self.threshold)

    def draw(self) -> Draw:
        """The next mask; in eval mode the one that keeps all."""
        if not self.training or not self.threshold:
            return KEEP_ALL
        return Draw(int(torch.randint(_WORDS, (), generator=self.generator)), self.threshold, self.scale)

    def forward(self, x: Tensor) -> Tensor:
        draw = self.draw()
        return x * mask(draw, x) if draw.threshold else x

    def extra_repr(self) -> str:
        return f"p={self.threshold / _WORDS:g}"


def mask(draw: Draw, x: Tensor) -> Tensor:
    """What `draw` multiplies x (B, ...) by. Places are counted with the images innermost.

    The hash is Chris Wellons' `lowbias32`, https://nullprogram.com/blog/2018/07/31/ (public domain).
    """
    word = torch.arange(x.numel(), dtype=torch.int32).bitwise_xor_(_signed(draw.key))
    word ^= (word >> 16) & 0xFFFF
    word *= 0x7FEB352D
    word ^= (word >> 15) & 0x1FFFF
    word *= _signed(0x846CA68B)
    word ^= (word >> 16) & 0xFFFF
    is_kept = (word ^ _signed(_WORDS // 2)) >= draw.threshold - _WORDS // 2
    return is_kept.to(x.dtype).mul_(draw.scale).view(*x.shape[1:], len(x)).movedim(-1, 0)


def _signed(word: int) -> int:
    """The 32-bit integer with a sign that has the bits of `word`."""
    return word - _WORDS if word >= _WORDS // 2 else word


class BatchNorm(nn.Module):
    """y = γ·(x - μ)/√(σ² + ε) + β per channel (Ioffe and Szegedy 2015), over the batch or over ghost batches.

    In training μ and the biased σ² are those of the batch; eval mode uses running averages, to which each batch adds
    its μ and unbiased σ² with weight `momentum`. With `ghost` > 0 the batch is cut into ghosts of that many images,
    each normalized by itself (Hoffer et al. 2017, "Train longer, generalize better", section 4); the running averages
    take the mean over the ghosts, each weighted by its images. Images left over form a smaller ghost.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, momentum: float = 0.1, ghost: int = 0, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.ghost, self.eps = momentum, ghost, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        if self.training and self.ghost and len(x) > self.ghost:
            return self._normalize_ghosts(x)
        return self._normalize(x, self.running_mean, self.running_var, self.weight, self.bias)

    def _normalize(self, x: Tensor, mean: Tensor, var: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """In training, `mean` and `var` move in place."""
        return F.batch_norm(x, mean, var, weight, bias, self.training, self.momentum, self.eps)

    def _normalize_ghosts(self, x: Tensor) -> Tensor:
        """Ghost k of the q full ones takes every q-th image, from the k-th: so ghosts become channels."""
        b, c, h, w = x.shape
        q = b // self.ghost
        full = q * self.ghost
        mean, var, weight, bias = (v.repeat(q) for v in (self.running_mean, self.running_var, self.weight, self.bias))
        y = self._normalize(x[:full].reshape(self.ghost, q * c, h, w), mean, var, weight, bias).view(full, c, h, w)
        mean, var = mean.view(q, c).mean(0), var.view(q, c).mean(0)
        if full < b:
            rest_mean, rest_var = self.running_mean.clone(), self.running_var.clone()
            y = torch.cat([y, self._normalize(x[full:], rest_mean, rest_var, self.weight, self.bias)])
            mean, var = torch.lerp(rest_mean, mean, full / b), torch.lerp(rest_var, var, full / b)
        self.running_mean.copy_(mean)
        self.running_var.copy_(var)
        return y

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, momentum={self.momentum:g}, ghost={self.ghost}"


class GroupNorm(nn.Module):
    """y = γ·(x - μ)/√(σ² + ε) + β per channel (Wu and He 2018), with μ and σ² of a group of an image's channels.

    One group is LayerNorm, a group a channel InstanceNorm. If it does not center, μ is 0 and σ² the mean square: with
    one group RMSNorm (Zhang and Sennrich 2019). Without β it has no `bias`.
    """

    def __init__(
        self, groups: int, channels: int, *, centers: bool = True, has_beta: bool = True, eps: float = 1e-5
    ) -> None:
        super().__init__()
        self.groups, self.centers, self.eps = groups, centers, eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels)) if has_beta else None

    def forward(self, x: Tensor) -> Tensor:
        if self.centers:
            return F.group_norm(x, self.groups, self.weight, self.bias, self.eps)
        grouped = x.reshape(len(x), self.groups, -1)
        y = F.rms_norm(grouped, grouped.shape[2:], eps=self.eps).view_as(x) * self.weight[:, None, None]
        return y if self.bias is None else y + self.bias[:, None, None]

    def extra_repr(self) -> str:
        beta = self.bias is not None
        return f"{self.groups}, {len(self.weight)}, centers={self.centers}, has_beta={beta}"


class Conv3x3(nn.Conv2d):
    """A 3×3 convolution whose weights wait to be initialized: torch's own would draw from the global generator."""

    def __init__(self, inputs: int, outputs: int, padding: int, bias: bool) -> None:
        super().__init__(inputs, outputs, kernel_size=3, padding=padding, bias=bias)

    def reset_parameters(self) -> None:
        """Left to the network."""


class Pointwise(nn.Module):
    """A 1×1 convolution (B, I, H, W) -> (B, O, H, W) as a matrix product over the channels.

    Its output lies in memory channels last; the small layers after it are faster that way, the large ones before it are
    not. `weight` has a convolution's shape (O, I, 1, 1) and is zero until it is initialized.
    """

    def __init__(self, inputs: int, outputs: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.permute(0, 2, 3, 1), self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)

    def extra_repr(self) -> str:
        outputs, inputs = self.weight.shape[:2]
        return f"{inputs}, {outputs}, bias={self.bias is not None}"
