"""RMSNorm: Zhang and Sennrich 2019, "Root mean square layer normalization" (arXiv:1910.07467).

LayerNorm without its mean: an image is divided by the root mean square of all its values, which keep their signs. It
has γ and no β, as torch.nn.RMSNorm and the authors' own code (github.com/bzhangGo/rmsnorm), where an offset is off by
default, since RMSNorm does not re-center. In the paper an offset b follows the gain, but it is the layer's own; so here
convolutions keep their biases where RMSNorm is the only norm. γ is one for each channel, as in the other norms; torch's
has one for each value.
"""

from normlab.norms.spec import Channels, NormSpec, Script

_RMS_NORM = '''class RMSNorm2d(nn.Module):
    """Divides each image by the root mean square of all its values; one scale for each channel."""

    def __init__(self, channels, eps=1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.eps = eps

    def forward(self, x):
        square = x.square().mean(dim=(1, 2, 3), keepdim=True)
        return x / (square + self.eps).sqrt() * self.weight[:, None, None]'''

SPEC = NormSpec(
    key="rms",
    name="RMSNorm",
    meaning="RMSNorm divides each image by the root mean square of all its values; it subtracts no mean.",
    covers="all channels of one image",
    over_images=False,
    channels=Channels.ALL,
    centers=False,
    has_beta=False,
    color=("#9C24FC", "#B424FC"),
    shade=("#9084F0", "#E418CC"),
    script=lambda settings: Script("RMSNorm2d(outputs)", _RMS_NORM),
)
