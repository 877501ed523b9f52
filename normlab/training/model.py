"""The study's network as torch modules, built from `describe`."""

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from normlab import describe
from normlab.choices import Norm
from normlab.config import ModelConfig
from normlab.training.layers import BatchNorm, Conv3x3, Dropout, GroupNorm, Pointwise
from normlab.training.seeds import generator


class StudyNet(nn.Module):
    """The network that `config` describes, initialized from `seed`.

    Maps normalized images (B, 1, 28, 28) to log-probabilities (B, 10).

    All parameters are views of one tensor, `numbers`, in their order, their gradients of `gradient`, and BatchNorm's
    averages of `averages`: a step is then one operation, not one for each of them.
    """

    numbers: Tensor
    gradient: Tensor
    averages: Tensor
    all_modules: tuple[nn.Module, ...]

    def __init__(self, config: ModelConfig | None = None, seed: int = 0) -> None:
        super().__init__()
        self.config = config or ModelConfig()
        for stage in describe.stages(self.config):
            self.add_module(stage.name, _module(stage, self.config, seed))
        self._initialize(seed)
        self._join()
        self.all_modules = tuple(self.modules())

    def _join(self) -> None:
        parameters, buffers = list(self.parameters()), list(self.buffers())
        self.numbers = torch.cat([parameter.detach().flatten() for parameter in parameters])
        self.gradient = torch.zeros_like(self.numbers)
        self.averages = torch.cat([*buffers, self.numbers[:0]])
        for parameter, values, slopes in zip(
            parameters, self.views(self.numbers), self.views(self.gradient), strict=True
        ):
            parameter.data, parameter.grad = values, slopes
        for buffer, values in zip(buffers, self.averages.split([len(buffer) for buffer in buffers]), strict=True):
            buffer.data = values

    def views(self, flat: Tensor) -> list[Tensor]:
        """Of a tensor like `numbers`: what belongs to each parameter, in the parameter's shape."""
        parameters = list(self.parameters())
        parts = flat.split([parameter.numel() for parameter in parameters])
        return [part.view_as(parameter) for part, parameter in zip(parts, parameters, strict=True)]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._join()
        return self

    def zero_grad(self, set_to_none: bool = False) -> None:
        """Gradients stay where they are, and become 0."""
        self.gradient.zero_()

    def _initialize(self, seed: int) -> None:
        """He et al. 2015 with zero biases where no norm sets the scale, else as torch does: ±1/√(fan in).

        Both times `init_scale`, but for the head.
        """
        random = generator(seed, "weights")
        slope = 0.0 if describe.starts_at_scale(self.config) else math.sqrt(5)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 4:
                nn.init.kaiming_uniform_(parameter, a=slope, nonlinearity="leaky_relu", generator=random)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)
        for weight in self.inner_convolutions().values():
            weight.mul_(self.config.init_scale)

    def inner_convolutions(self) -> dict[str, Tensor]:
        """The weights of all convolutions but the head, without a graph, by their names in the state dict."""
        names = [f"{name}.weight" for name in describe.inner_convolutions(self.config)]
        return {name: self.get_parameter(name).detach() for name in names}

    def layers(self) -> list[nn.Module]:
        """What an image passes, one after the other, up to the last convolution."""
        return [
            layer
            for stage in self.children()
            for layer in (stage.children() if isinstance(stage, nn.Sequential) else (stage,))
        ]

    def forward(self, images: Tensor) -> Tensor:
        x = images
        for stage in self.children():
            x = stage(x)
        return F.log_softmax(x.flatten(1), dim=1)


def _module(stage: describe.Stage, config: ModelConfig, seed: int) -> nn.Module:
    if isinstance(stage, describe.Pool):
        return nn.MaxPool2d(stage.size) if stage.kind == "max" else nn.AvgPool2d(stage.size)
    bias = describe.has_bias(config)
    if isinstance(stage, describe.Pointwise):
        return Pointwise(stage.inputs, stage.outputs, bias)
    conv = Conv3x3(stage.inputs, stage.outputs, stage.padding, bias)
    layers: OrderedDict[str, nn.Module] = OrderedDict(conv=conv, relu=nn.ReLU(inplace=True))
    for step in stage.steps:
        if step == "dropout":
            layers[step] = Dropout(config.dropout, generator(seed, f"{stage.name}.dropout"))
        else:
            layers[step] = norm_layer(Norm(step), stage.outputs, config)
    return nn.Sequential(layers)


def norm_layer(norm: Norm, channels: int, config: ModelConfig) -> nn.Module:
    """The norm behind a convolution with so many channels."""
    spec = norm.spec
    if spec.remembers:
        return BatchNorm(channels, config.bn_momentum, config.ghost_batch)
    groups = len({*spec.sharing(1, channels, config.groups).channels})
    return GroupNorm(groups, channels, centers=spec.centers, has_beta=spec.has_beta)
