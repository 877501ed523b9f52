"""What people type as numbers, and how numbers are written."""

import math

import pytest

from normlab import numerals
from normlab.config import RunConfig
from normlab.settings import SETTINGS, changed
from normlab.titles import title


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3,24609", 3.24609),
        ("1e-3", 0.001),
        ("1E−3", 0.001),
        ("−0.5", -0.5),
        ("–0.5", -0.5),
        ("-0,5", -0.5),
        ("0,5", 0.5),
        (",5", 0.5),
        (" +.5 ", 0.5),
        ("5.", 5.0),
        ("007", 7.0),
        ("-0", 0.0),
        ("－３．５", -3.5),
        ("1e999", math.inf),
    ],
)
def test_a_typed_number_is_read_as_it_is_meant(text: str, value: float) -> None:
    assert numerals.read(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", ".", ",", "e5", "1e", "1e-", "two", "0x10", "1_000", "nan", "inf", "½", "3²", "٣", "1/2"),
        *("1.234,5", "1,234.5", "1,234,567", "1 000", "1\u00a0000", "1'000", "1.2.3", "--1", "−-1", "5 %", "1e-400"),
        "9" * 65,
    ],
)
def test_what_is_no_number_is_refused_and_never_another(text: str) -> None:
    assert numerals.read(text) is None
    assert numerals.read_whole(text) is None


def test_a_settings_number_is_written_in_one_way_to_its_last_digit() -> None:
    values = (0.0, 2.0, 0.05, 1e-5, 2.5e-7, 0.1234567891, 1e-12)
    written = ["0", "2", "0.05", "1e-5", "2.5e-7", "0.1234567891", "1e-12"]
    assert [numerals.exact(value) for value in values] == written
    for name in ("l1", "l2", "dropout"):
        assert [SETTINGS[name].format(value) for value in values] == written
    assert "L1 1e-5" in title(changed(RunConfig(), {"l1": 1e-5}))


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), (" −3 ", -3), ("1e3", 1000), ("007", 7), ("9" * 20, 10**20 - 1)]
)
def test_a_typed_whole_number(text: str, value: int) -> None:
    assert numerals.read_whole(text) == value


@pytest.mark.parametrize("text", ["1,000", "1.000", "3.0", "1e-3", "1.5e3", "1e999"])
def test_a_whole_number_has_no_comma_and_no_point(text: str) -> None:
    assert numerals.read_whole(text) is None


@pytest.mark.parametrize("value", [0.1, 1e-05, 3.0, 123456.789, -0.5625, 2.5e300, 5e-324])
def test_every_number_is_read_back_as_it_is_written(value: float) -> None:
    for text in (numerals.exact(value), repr(value), repr(value).replace(".", ","), repr(value).replace("-", "−")):
        assert numerals.read(text) == value


@pytest.mark.parametrize(
    ("value", "plain", "signed", "short"),
    [
        (-0.001, "0.00", "0.00", "−0.001"),
        (-0.0, "0.00", "0.00", "0"),
        (-1.005, "−1.00", "−1.00", "−1"),
        (999_999.0, "999999.00", "+999999.00", "1·10⁶"),
        (-1.25e-07, "0.00", "0.00", "−1.25·10⁻⁷"),
        (460933312.0, "4.61·10⁸", "+4.61·10⁸", "4.61·10⁸"),
        (-1e12, "−1.00·10¹²", "−1.00·10¹²", "−1.00·10¹²"),
        (math.inf, "∞", "+∞", "∞"),
        (-math.inf, "−∞", "−∞", "−∞"),
        (math.nan, "not a number", "not a number", "not a number"),
    ],
)
def test_a_number_can_be_read(value: float, plain: str, signed: str, short: str) -> None:
    assert (numerals.number(value), numerals.signed(value), numerals.short(value)) == (plain, signed, short)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.42, "0.4 s"), (42.4, "42 s"), (59.9, "60 s"), (200.0, "3 min 20 s"), (3900.0, "1 h 5 min")],
)
def test_durations_are_told_for_people(seconds: float, text: str) -> None:
    assert numerals.duration(seconds) == text
