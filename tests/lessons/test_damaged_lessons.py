"""A damaged lesson file: every fault is named with its line and key, and nothing else happens."""

import re
from pathlib import Path

import pytest

from normlab.lessons import START, problems

TEXT = START.read_text(encoding="utf-8")

DAMAGES = {
    "no TOML": ("version = 1 ", "version = ", "", "not TOML"),
    "an unknown key": ('title = "', 'titel = "', "titel", "did you mean title?"),
    "a missing text": ("minutes = 4", "", "minutes", "is missing"),
    "a text for a number": ("minutes = 4", 'minutes = "4"', "minutes", "a whole number"),
    "a number out of range": ("minutes = 4", "minutes = 400", "minutes", "from 1 to 20"),
    "an empty text": ('title = "Without a norm at a large step"', 'title = ""', "title", "empty"),
    "too long an explanation": ("longer\nweights make", "word " * 130 + "\nweights make", "why", "at most 120"),
    "raw HTML": ("brakes itself.\n", "brakes itself. <script>alert(1)</script>\n", "why", "Raw HTML"),
    "a remote picture": ("brakes itself.\n", "![x](https://x.org/a.png)\n", "why", "Pictures"),
    "a strange link in the text": ("brakes itself.\n", "[x](ftp://x.org/)\n", "why", "leads neither"),
    "a formula with an address": (r"\propto", r"\href{http://x.org}", "why", r"\href"),
    "a formula without its end": (r"1/\|w\|", r"\sqrt{\|w\|", "why", "brace"),
    "a date in quotes": ("written = 2026-11-30", 'written = "2026-11-30"', "contrast.written", "without quotes"),
    "an unknown direction": ('direction = "higher"', 'direction = "up"', "contrast.direction", "lower, same"),
    "no size": ("size = 50", "size = 0", "contrast.size", "above 0"),
    "too few seeds": ("seeds = 5", "seeds = 3", "contrast.seeds", "from 5 to 100"),
    "an arm that is not there": ('of = "bn"', 'of = "gn"', "contrast.of", "there are none, bn"),
    "an arm against itself": ('against = "none"', 'against = "bn"', "contrast.against", "with itself"),
    "an unknown setting": ('run = "norms=bn&lr=0.3"', 'run = "norm=bn&lr=0.3"', "arm[2].run", "norm="),
    "a refused setting": ('run = "norms=bn&lr=0.3"', 'run = "norms=bn&lr=300"', "arm[2].run", "lr="),
    "a seed in a run": ('run = "norms=bn&lr=0.3"', 'run = "norms=bn&seed=3"', "arm[2].run", "seed away"),
    "a refused stress": ('stress = ""', 'stress = "contrast=-1"', "arm[1].stress", "contrast="),
    "statistics without memory": ('stress = ""', 'stress = "statistics=batch"', "arm[1].stress", "remembers"),
    "an unknown page": ('to = "?norms=none&lr=0.3"', 'to = "labb?norms=none"', "link[1].to", "no page"),
    "a link elsewhere": ('to = "?norms=none&lr=0.3"', 'to = "https://x.org/?a=1"', "link[1].to", "page"),
    "a refused setting in a link": ('to = "?norms=none&lr=0.3"', 'to = "?norms=xn"', "link[1].to", "xn"),
    "two right options": ('text = "Both"', 'text = "Both"\nright = true', "question.option", "Exactly one"),
    "two options of one key": ('key = "neither"', 'key = "both"', "question.option", "same key"),
    "a bad key": ('key = "neither"', 'key = "Not Me"', "question.option[3].key", "lower-case"),
    "an axis upside down": ("low = 0\nhigh = 15", "low = 15\nhigh = 0", "picture.x.high", "larger than low"),
    "an unknown x": ('varied = "epoch"\nlines', 'varied = "epochen"\nlines', "picture.varied", "epochen"),
    "a paper without its place": ('place = "section 4.2, figure 3"', "", "paper.place", "is missing"),
    "a paper's address": ('url = "https://', 'url = "javascript://', "paper.url", "https://"),
    "a table that is missing": ("[paper]\n", "[papers]\n", "paper", "is missing"),
    "nesting without end": ("minutes = 4", "minutes = " + "[" * 500 + "]" * 500, "", "nested"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_is_named_with_its_line_and_key(name: str, tmp_path: Path) -> None:
    before, after, key, words = DAMAGES[name]
    assert TEXT.count(before) >= 1, "the damage is possible"
    text = TEXT.replace(before, after, 1)
    path = tmp_path / "damaged.toml"
    path.write_text(text, encoding="utf-8")
    found = problems(path)
    fault = next((one for one in found if one.key == key and words in one.text), None)
    assert fault is not None, [str(one) for one in found]
    lines = text.splitlines()
    assert 1 <= fault.line <= len(lines)
    if last := re.search(r"([\w-]+)$", key):
        table = re.sub(r"\[\d+\]|\.[\w-]+$", "", key)
        assert last[1] in lines[fault.line - 1] or table in lines[fault.line - 1] or "missing" in words


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"\x00" * 100, b"a" * 200_000, b"= = =", "é".encode("latin-1")]
)
def test_what_is_no_text_at_all_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "damaged.toml"
    path.write_bytes(content)
    assert problems(path)
    assert all(len(fault.text) < 300 for fault in problems(path))


def test_a_folder_and_nothing_at_all_are_named(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    assert problems(tmp_path / "folder.toml")
    assert "no such file" in str(problems(tmp_path / "gone.toml")[0])
