"""What the ruler's drawing takes: plain data, whoever measures.

Samples stand on a number line at their values: images as thumbnails, a worksheet's values as texts. Above lies a ruler
with a zero and a unit, in the number line's own units. The drawing moves it in steps: it slides (its zero becomes the
mean), stretches (its unit becomes the spread), and gets new numbers (γ and β). What stands on the line stays.

A page gives a `Picture`; `data` turns it into what the browser gets, at most about 30 KB for 32 images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from normlab.app.shell.appearance import paint
from normlab.charts.theme import NORM_COLORS, ink_on
from normlab.choices import Norm


class Step(StrEnum):
    """How far the ruler is."""

    BEFORE = "before"
    SUBTRACT = "subtract"
    DIVIDE = "divide"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Sample:
    """What stands on the line: `name` in a sentence ("image 5, a 3"); drawn as number `thumbnail` of the thumbnails, or
    as the text `label` where it has none."""

    name: str
    label: str
    thumbnail: int | None = None


@dataclass(frozen=True, slots=True)
class Ruler:
    """`zero` and `unit` on the number line; `name` where several are drawn in full ("31 threes")."""

    zero: float
    unit: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """The values of all samples as a histogram: `zeros` is the share that is exactly 0, `shares` are those of equal
    bins over the number line, without these; together they sum to 1 but for what lies outside."""

    zeros: float
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """What one maker makes of the samples: a position of the picture's switch.

    `name` is its word on the switch, `sentence` says who made the ruler. `at` says where each sample stands (NaN: not
    there with this maker), `low` and `high` where its whiskers end. `owners` says which of the `rulers` measures each
    sample: that of the chosen one is drawn in full, the others as thin lines; empty: every ruler measures every sample,
    and all are drawn in full (two at most).
    """

    name: str
    sentence: str
    rulers: tuple[Ruler, ...]
    owners: tuple[int, ...]
    at: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    bars: Bars | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A block beside the picture, small: shares of its values `before` and `after` its norms in equal bins over `low`
    to `high`, which all tiles have in common; `zeros` is the share that ReLU set to 0, `explained` that of a channel's
    variance that lies between images."""

    key: str
    name: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    zeros: float
    explained: float


@dataclass(frozen=True, slots=True)
class Tiles:
    """All blocks; the browser says the `key` of one that is chosen."""

    low: float
    high: float
    tiles: tuple[Tile, ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several channels or norms: `names` in order, and the place of the one that is shown."""

    names: tuple[str, ...]
    chosen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawing of the ruler of one norm.

    `title` names what is measured, `line` the number line from `low` to `high`. `thumbnails` is a PNG of all
    thumbnails in a row, as a data URL ("": none). `gamma` and `beta` relabel every ruler. It opens with `made[maker]`
    at `step` and `samples[sample]` (None: the one with the highest value); what the reader chose since stays while the
    picture is drawn again, until the norm, the maker or the step is another one. `facts` are short sentences below it.
    """

    norm: Norm
    title: str
    line: str
    low: float
    high: float
    samples: tuple[Sample, ...]
    made: tuple[Made, ...]
    gamma: float = 1.0
    beta: float = 0.0
    thumbnails: str = ""
    step: Step = Step.DIVIDE
    maker: int = 0
    sample: int | None = None
    facts: tuple[str, ...] = ()
    channels: Choice | None = None
    norms: Choice | None = None
    blocks: Tiles | None = None


def data(picture: Picture) -> dict[str, Any]:
    """What the browser gets: the picture, its colors and its words."""
    spec, color = picture.norm.spec, paint(NORM_COLORS[picture.norm])
    return {
        **_plain(asdict(picture)),
        "centers": spec.centers,
        "has_beta": spec.has_beta,
        "color": color,
        "ink": ink_on(color),
        "stops": [str(step) for step in steps(picture.norm)],
        "words": words(picture.norm),
    }


def steps(norm: Norm) -> tuple[Step, ...]:
    """A norm that does not center subtracts nothing."""
    return tuple(step for step in Step if norm.spec.centers or step is not Step.SUBTRACT)


def sentence(norm: Norm) -> str:
    """What the norm does: "Subtract the mean, divide by the spread, scale and shift." """
    names = _names(norm)
    return " ".join(names[step] for step in steps(norm)[1:])


def _names(norm: Norm) -> Mapping[Step, str]:
    spec = norm.spec
    return {
        Step.BEFORE: "The values",
        Step.SUBTRACT: "Subtract the mean,",
        Step.DIVIDE: "divide by the spread," if spec.centers else "Divide by the root mean square,",
        Step.SCALE: "scale and shift." if spec.has_beta else "scale.",
    }


def words(norm: Norm) -> Mapping[str, Any]:
    """The steps' names, what each of them does to the ruler, and the drawing's other words."""
    spec = norm.spec
    spread = "spread" if spec.centers else "root mean square"
    unit = "σ" if spec.centers else "RMS"
    said = {
        Step.BEFORE: "At first the ruler counts like the number line below.",
        Step.SUBTRACT: "The ruler slides until its zero is the mean.",
        Step.DIVIDE: f"The ruler {{stretches}} until one unit is the {spread}.",
        Step.SCALE: f"The marks stay; their numbers become γ times as large{', plus β' if spec.has_beta else ''}.",
    }
    symbols = {
        Step.BEFORE: "x",
        Step.SUBTRACT: "μ = {zero}",
        Step.DIVIDE: f"{unit} = {{unit}}",
        Step.SCALE: "γ\u00a0=\u00a0{gamma}, β\u00a0=\u00a0{beta}" if spec.has_beta else "γ = {gamma}",
    }
    parts = {"names": _names(norm), "said": said, "symbols": symbols}
    return {
        **{part: {step: texts[step] for step in steps(norm)} for part, texts in parts.items()},
        "marks": ["μ − σ", "μ", "μ + σ"] if spec.centers else ["−RMS", "0", "RMS"],
        "sentence": sentence(norm),
        "stretches": ["shrinks", "stretches"],
        "play": "Play",
        "stop": "Stop",
        "maker": "Who makes the ruler?",
        "made": "Made by",
        "channel": "Channel",
        "norm": "Norm",
        "back": "Previous channel",
        "next": "Next channel",
        "samples": "What is measured",
        "reads": "stands at {at} and reads {reading} on the ruler",
        "zeros": "{share} exactly 0",
        "explained": "images explain {share} of a channel's variance",
        "share": "images {share}",
        "blocks": "All blocks",
    }


def _plain(value: Any) -> Any:
    """Numbers to five significant digits, a third of what they would take in JSON; None for none."""
    if isinstance(value, float):
        return None if value != value else float(f"{value:.5g}")
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value
