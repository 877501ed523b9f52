"""BatchNorm: Ioffe and Szegedy 2015, "Batch normalization" (arXiv:1502.03167).

With ghost batches (Hoffer et al. 2017, "Train longer, generalize better", arXiv:1705.08741) parts of a batch have
statistics of their own.
"""

from normlab.norms.spec import Channels, NormSpec, Script, Settings

_GHOSTS = '''class GhostBatchNorm2d(nn.BatchNorm2d):
    """BatchNorm whose statistics are those of {size} images at a time, not of the batch.

    What it remembers moves by the mean over these ghost batches.
    """

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        outputs, moved = [], 0
        for part in x.split({size}):
            memory = torch.stack([self.running_mean, self.running_var])
            rule = (self.weight, self.bias, True, self.momentum, self.eps)
            outputs.append(functional.batch_norm(part, *memory, *rule))
            moved = moved + memory * len(part) / len(x)
        self.running_mean, self.running_var = moved
        return torch.cat(outputs)'''


def _script(settings: Settings) -> Script:
    options = f"(outputs, momentum={settings.bn_momentum!r})"
    if not settings.ghost_batch:
        return Script(f"nn.BatchNorm2d{options}")
    return Script(f"GhostBatchNorm2d{options}", _GHOSTS.format(size=settings.ghost_batch))


SPEC = NormSpec(
    key="bn",
    name="BatchNorm",
    meaning="BatchNorm gives every channel one mean and spread, measured over all images of the batch.",
    covers="one channel of all images",
    over_images=True,
    channels=Channels.ONE,
    color=("#0072B2", "#4C8DF0"),
    shade=("#2B396F", "#4065A6"),
    script=_script,
)
