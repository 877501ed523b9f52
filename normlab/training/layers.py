"""The layers that torch does not have in this form: their random numbers, ghost batches, or speed on small networks."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Dropout(nn.Module):
    """Zeroes each value with probability p in training, and scales the others by 1/(1-p); identity in eval mode.

    Srivastava et al. 2014 (in the "inverted" form). It draws from its own generator, four 16-bit numbers at a time,
    which is several times faster than `nn.Dropout` on a CPU. So p is rounded to a multiple of 1/65536, and the scale
    fits the rounded p.
    """

    def __init__(self, p: float, generator: torch.Generator) -> None:
        super().__init__()
        self.generator = generator
        self.threshold = round(p * 65536)
        self.scale = 65536 / (65536 - self.threshold)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.threshold:
            return x
        words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None, generator=self.generator)
        mask = torch.empty_like(x)
        mask.copy_(words.view(torch.int16)[: x.numel()].as_strided(mask.shape, mask.stride()))
        mask.sub_(self.threshold - 32769).clamp_(0, 1).mul_(self.scale)  # the smallest `threshold` of 65536 values: 0
        return x * mask

    def extra_repr(self) -> str:
        return f"p={self.threshold / 65536:g}"


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
