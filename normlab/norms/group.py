"""GroupNorm: Wu and He 2018, "Group normalization" (arXiv:1803.08494)."""

from normlab.norms.spec import Channels, NormSpec, Script

SPEC = NormSpec(
    key="gn",
    name="GroupNorm",
    meaning="GroupNorm splits each image's channels into {groups} groups, each with one mean and spread.",
    covers="a group of channels of one image",
    over_images=False,
    channels=Channels.GROUP,
    color=("#00A556", "#1FE08F"),
    shade=("#447045", "#689764"),
    script=lambda settings: Script(f"nn.GroupNorm({settings.groups}, outputs)"),
)
