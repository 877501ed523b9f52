"""Colors that everyone can tell apart."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest

from normlab.charts.curves import scores
from normlab.charts.theme import (
    BACKGROUND,
    INK,
    MUTED,
    NORM_COLORS,
    NORM_SHADES,
    PROJECTOR_SCALE,
    RUN_COLORS,
    SERIES_COLORS,
    color,
    depth_colors,
    enlarged,
    ink_on,
    norm_color,
    readable,
    run_colors,
)
from normlab.config import RunConfig
from normlab.settings import changed

Vector = npt.NDArray[np.float64]

VISION: dict[str, list[list[float]]] = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""Machado, Oliveira and Fernandes 2009, table 1 at severity 1, on linear RGB."""

SETS = {
    f"{name}, {'dark' if dark else 'light'}": (tuple(color(role, dark=dark) for role in roles), dark)
    for dark in (False, True)
    for name, roles in {
        "norms and their shades": [*NORM_COLORS.values(), *NORM_SHADES.values()],
        "series": SERIES_COLORS.values(),
        "runs": RUN_COLORS,
    }.items()
}
sets = pytest.mark.parametrize(("colors", "dark"), SETS.values(), ids=SETS)


def linear(color: str) -> Vector:
    c = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: Vector) -> Vector:
    """CIE 1976 L*a*b* for white point D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


@sets
@pytest.mark.parametrize("vision", VISION)
def test_colors_of_a_set_are_apart_for_every_vision(colors: Iterable[str], dark: bool, vision: str) -> None:
    seen = {shown: lab(np.array(VISION[vision]) @ linear(shown)) for shown in colors}
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 15, (one, other)


@sets
def test_every_color_stands_out_from_its_background(colors: Iterable[str], dark: bool) -> None:
    for shown in colors:
        assert contrast(shown, color(BACKGROUND, dark=dark)) >= 2.9, shown


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_background(dark: bool) -> None:
    assert contrast(color(INK, dark=dark), color(BACKGROUND, dark=dark)) >= 7


@pytest.mark.parametrize("dark", [False, True])
def test_text_on_a_norms_color_can_be_read(dark: bool) -> None:
    for role in NORM_COLORS.values():
        surface = color(role, dark=dark)
        assert contrast(ink_on(surface), surface) >= 4.5, role


@pytest.mark.parametrize("dark", [False, True])
def test_depth_goes_one_way_in_lightness(dark: bool) -> None:
    seen = [lab(linear(color(role, dark=dark))) for role in depth_colors(8)]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 15
    steps = np.diff([color[0] for color in seen])
    assert (steps > 0).all() if dark else (steps < 0).all()


def test_a_norm_keeps_its_color_among_runs_of_different_norms() -> None:
    configs = [changed(RunConfig(), {"norms": norms}) for norms in ((), ("bn",), ("ln",), ("gn",))]
    assert run_colors(configs) == tuple(norm_color(one.model) for one in configs)


def test_two_runs_with_a_norm_have_its_color_and_its_shade() -> None:
    configs = [changed(RunConfig(), {"norms": (norm,), "l1": l1}) for norm in ("bn", "gn") for l1 in (0.0, 0.003)]
    colors = run_colors(configs)
    assert colors == tuple(shades[norm] for norm in ("bn", "gn") for shades in (NORM_COLORS, NORM_SHADES))
    assert run_colors(configs[::-1]) == colors[::-1], "whichever comes first"


@pytest.mark.parametrize("dark", [False, True])
def test_a_shade_has_its_norms_hue(dark: bool) -> None:
    for norm in NORM_COLORS:
        roles = (NORM_COLORS[norm], NORM_SHADES[norm])
        (_, *base), (_, *shade) = (lab(linear(color(role, dark=dark))) for role in roles)
        if norm == "none":
            assert np.hypot(*shade) < 8, "gray"
        else:
            apart = np.angle(complex(*base) / complex(*shade), deg=True)
            assert abs(apart) < 30, norm


def test_three_runs_with_a_norm_get_colors_that_stand_for_no_norm() -> None:
    configs = [changed(RunConfig(), {"dropout": p}) for p in (0.3, 0.0, 0.05, 0.1, 0.2)]
    colors = run_colors(configs)
    assert run_colors(configs[::-1]) == colors[::-1]
    assert len(set(colors)) == 5
    assert not set(colors) & {*NORM_COLORS.values(), *NORM_SHADES.values()}


def test_a_projectors_specification_is_larger_and_as_constant() -> None:
    usual = scores("accuracy", 15, 0.0, 100.0)
    large = enlarged(usual)
    assert large == enlarged(usual)
    assert 2 * usual["height"] < large["height"] < 700, "it fills a screen of 1080 with its name and its sentence"
    assert enlarged({**usual, "height": 800})["height"] == PROJECTOR_SCALE * 800, "what is high stays in proportion"
    for part in ("axis", "legend", "header"):
        assert large["config"][part]["labelFontSize"] >= 28
    assert large["config"]["axis"].items() >= usual["config"]["axis"].items()
    assert usual == scores("accuracy", 15, 0.0, 100.0), "the shared specification is as before"


@pytest.mark.parametrize("dark", [False, True])
def test_secondary_text_has_the_contrast_of_wcag_aa(dark: bool) -> None:
    assert contrast(color(MUTED, dark=dark), color(BACKGROUND, dark=dark)) >= 4.5


def test_a_charts_letters_are_the_pages() -> None:
    usual = scores("accuracy", 15, 0.0, 100.0)
    config = readable(usual)["config"]
    assert config["axis"] == {**usual["config"]["axis"], "labelColor": MUTED, "titleColor": MUTED}
    assert config["legend"]["labelColor"] == INK
    assert "labelColor" not in usual["config"]["axis"], "the shared specification is as before"
