"""What templates promise those who write them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from normlab.templates import flowing, render, table

PACKAGE = Path(__file__).parents[1] / "normlab"
Fill = Callable[..., str]


@pytest.fixture
def fill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Fill:
    """Fills in a template of a package of its own."""
    package = f"templates_of_{request.node.name}"
    (tmp_path / package / "templates").mkdir(parents=True)
    (tmp_path / package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def filled(text: str, /, **values: object) -> str:
        (tmp_path / package / "templates" / "a.md.jinja").write_text(text, encoding="utf-8")
        return render(package, "a.md", **values)

    return filled


def test_a_value_that_is_not_given_is_an_error(fill: Fill) -> None:
    with pytest.raises(UndefinedError, match="seeds"):
        fill("{{ seeds }} seeds\n")


def test_a_line_of_blocks_alone_leaves_no_trace(fill: Fill) -> None:
    text = fill("a\n    {% if true %}\n    b\n    {% endif %}\n\nc\n")
    assert text == "a\n    b\n\nc\n"


def test_nothing_is_escaped(fill: Fill) -> None:
    assert fill("{{ text }}\n", text="a < b & \"c\" 'd'") == "a < b & \"c\" 'd'\n"


def test_a_table_has_a_row_below_its_head_for_each_of_its_rows(fill: Fill) -> None:
    text = fill('{{ rows | table("arm", "seeds") }}\n', rows=[("BN", "3"), ("GN", "5")])
    assert text == "| arm | seeds |\n| --- | --- |\n| BN | 3 |\n| GN | 5 |\n"


def test_paragraphs_are_wrapped_and_all_else_is_left_alone() -> None:
    rows = table([("x" * 70, "y" * 70)], "a", "b")
    text = flowing(f"# Head\n\n\n  \none\n  two   three\n\n- a\n- {'b ' * 80}\n\n{rows}\n\n<img>\n")
    assert text == f"# Head\n\none two three\n\n- a\n- {'b ' * 80}\n\n{rows}\n\n<img>\n"
    assert max(map(len, flowing("word " * 100).splitlines())) <= 118


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.jinja")), ids=lambda path: path.name)
def test_every_template_lies_beside_the_module_that_fills_it_in(path: Path) -> None:
    beside = [*path.parents[1].glob("*.py"), *path.parent.glob("*.jinja")]
    name = path.name.removesuffix(".jinja")
    assert any(f'"{name}"' in text or f'"{path.name}"' in text for text in (one.read_text("utf-8") for one in beside))
