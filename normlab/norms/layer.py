"""LayerNorm: Ba, Kiros and Hinton 2016, "Layer normalization" (arXiv:1607.06450).

As GroupNorm with one group, so with one γ and β for each channel; torch's own has one for each value.
"""

from normlab.norms.spec import Channels, NormSpec, Script

SPEC = NormSpec(
    key="ln",
    name="LayerNorm",
    meaning="LayerNorm rescales each image as a whole: channels share one mean and spread and keep their differences.",
    covers="all channels of one image",
    over_images=False,
    channels=Channels.ALL,
    color=("#D76F01", "#E8702F"),
    shade=("#490700", "#9F4F25"),
    script=lambda settings: Script("nn.GroupNorm(1, outputs)"),
)
