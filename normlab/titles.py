"""What a configuration is called: everything in which it differs from its data set's recipe, and its seed."""

from typing import Any

from normlab.config import RunConfig
from normlab.describe import norm_label
from normlab.identity import canonical
from normlab.numerals import exact
from normlab.presets import with_recipe
from normlab.settings import SETTINGS, flat

_SHORT = {
    "l1": "L1",
    "l2": "L2",
    "dataset": "",
    "validation": "validation split",
    "study_exact": "study's bare net",
    "norm_blocks": "norm in blocks",
    "trainable": "trains",
    "weight_norms": "held weight lengths ×",
}
_ALWAYS = {"norms", "groups", "dropout", "l1", "l2", "dataset", "seed"}


def title(config: RunConfig) -> str:
    """A run in a few words: "BN · dropout 0.05 · L1 0.001 · digits · seed 0". No two runs have the same."""
    return f"{arm_title(config)} · seed {config.seed}"


def arm_title(config: RunConfig) -> str:
    """A configuration without its seed."""
    model, penalty = config.model, config.penalty
    words = [norm_label(model)]
    if model.dropout:
        words.append(f"dropout {exact(model.dropout)}")
    if penalty.l1:
        words.append(f"L1 {exact(penalty.l1)}")
    if penalty.l2:
        words.append(f"L2 {exact(penalty.l2)}")
    usual = flat(with_recipe(RunConfig(), config.data.dataset))
    values = flat(canonical(config))
    rest = [setting_text(name, value) for name, value in values.items() if name not in _ALWAYS and value != usual[name]]
    return " · ".join([*words, config.data.dataset, *rest])


def setting_text(name: str, value: Any) -> str:
    """A setting in a few words: "learning rate 0.3", "no L1"."""
    setting = SETTINGS[name]
    label = _SHORT.get(name, _lower(setting.rule.label))
    if setting.kind in (float, bool) and not value:
        return f"no {label}".removesuffix(" ×")
    return label if setting.kind is bool else f"{label} {setting.format(value)}".strip()


def _lower(label: str) -> str:
    """The label inside a sentence: "learning rate", but "BatchNorm momentum" and "L2 covers"."""
    is_plain = label[1:] == label[1:].lower() and not label[1:2].isdigit()
    return label.lower() if is_plain else label
