"""InstanceNorm: Ulyanov, Vedaldi and Lempitsky 2016, "Instance normalization" (arXiv:1607.08022)."""

from normlab.norms.spec import Channels, NormSpec, Script

SPEC = NormSpec(
    key="in",
    name="InstanceNorm",
    meaning="InstanceNorm rescales each channel of each image on its own.",
    covers="one channel of one image",
    over_images=False,
    channels=Channels.ONE,
    color=("#C76C9E", "#C57FA5"),
    shade=("#330031", "#EAAAF9"),
    script=lambda settings: Script("nn.InstanceNorm2d(outputs, affine=True)"),
)
