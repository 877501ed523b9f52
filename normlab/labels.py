"""Names for runs that are shown together: only what tells them apart."""

from collections.abc import Sequence

from normlab.config import RunConfig
from normlab.describe import norm_label
from normlab.identity import canonical
from normlab.settings import SETTINGS, flat
from normlab.store import Run
from normlab.titles import setting_text, title

_SILENT = {"bn_modes"}
"""Settings that change what is recorded, not what is trained."""
_PARTS = ("model", "penalty", "optim", "data", "")
"""In this order differences are named."""


def difference_labels(runs: Sequence[Run]) -> list[str]:
    """One label a run, naming the settings in which the runs differ; a run on its own gets its title."""
    return config_labels([run.config for run in runs])


def config_labels(configs: Sequence[RunConfig]) -> list[str]:
    """As `difference_labels`, for configurations.

    Settings without effect (the groups of a network without GroupNorm) make no difference.
    """
    configs = [canonical(config) for config in configs]
    settings = [flat(config) for config in configs]
    names = sorted(SETTINGS, key=lambda name: _PARTS.index(SETTINGS[name].part))
    differing = [
        name
        for name in names
        if name not in _SILENT and any(values[name] != settings[0][name] for values in settings[1:])
    ]
    if not differing:
        return [title(config) for config in configs]
    shown = [name for name in differing if name not in ("norms", "groups")]
    has_norms = len(shown) < len(differing)
    return [
        " · ".join(
            [*([norm_label(config.model)] if has_norms else []), *(setting_text(name, values[name]) for name in shown)]
        )
        for config, values in zip(configs, settings, strict=True)
    ]


def settings_text(config: RunConfig, names: Sequence[str]) -> str:
    """Some settings of a configuration in words: "GN(2)", "no L1"."""
    values = flat(canonical(config))
    words = [norm_label(config.model)] if "norms" in names or "groups" in names else []
    return " · ".join(
        [*words, *(setting_text(name, values[name]) for name in names if name not in ("norms", "groups"))]
    )


def seeds_text(count: int) -> str:
    """ "1 seed", "3 seeds"."""
    return f"{count} seed{'' if count == 1 else 's'}"


def seeds_named(numbers: Sequence[int]) -> str:
    """ "3 seeds (0, 1, 2)", "10 seeds (0 to 9)": of more than five in a row, the ends. `numbers` are in order."""
    is_row = len(numbers) > 5 and numbers[-1] - numbers[0] == len(numbers) - 1
    names = f"{numbers[0]} to {numbers[-1]}" if is_row else ", ".join(map(str, numbers))
    return f"{seeds_text(len(numbers))} ({names})"
