"""A comparison as an address holds it: up to four arms, the reference first."""

from collections.abc import Sequence

from normlab.config import ConfigError, RunConfig
from normlab.settings import from_query, one_each, to_query

ARM_KEYS = "abcd"
"""The arms' names in an address, the reference first."""


def arm_text(config: RunConfig, seed: int | None = None) -> str:
    """Settings that differ from the defaults, the norm first: "norms:gn,l1:0.001"; with a seed, that one run."""
    settings = {"norms": "+".join(config.model.norms) or "none", **to_query(config)}
    if seed is not None:
        settings["seed"] = str(seed)
    return ",".join(f"{name}:{value}" for name, value in settings.items())


def read_arm(text: str) -> tuple[RunConfig, int | None, list[ConfigError]]:
    """The configuration that `arm_text` wrote, its seed if it names one, and what was refused.

    A part without a name goes on with the value before it: "norms:bn,ln,dropout:0,5".
    """
    parts: list[str] = []
    for part in text.split(","):
        if ":" in part or not parts:
            parts.append(part)
        else:
            parts[-1] += f",{part}"
    pairs = [part.partition(":") for part in parts if part.strip()]
    settings, wrong = one_each((name, value) for name, _, value in pairs)
    config, refused = from_query(settings)
    return config, config.seed if "seed" in settings else None, wrong + refused


def comparison(texts: Sequence[str]) -> dict[str, str]:
    """Of the arms' texts, as many as an address holds."""
    return dict(zip(ARM_KEYS, texts, strict=False))
