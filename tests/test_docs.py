"""What the documentation links to is there and opens as it says."""

import json
import re
from pathlib import Path
from statistics import mean
from urllib.parse import parse_qsl, urlsplit

import pytest

from normlab.app.compare.picks import parse
from normlab.app.compare.views import VIEWS as COMPARE
from normlab.app.lab import race, setup
from normlab.app.lab import views as lab_views
from normlab.app.lab.scene import SCENE
from normlab.app.lessons.state import PARTS as LESSONS
from normlab.app.shell.address import PROJECTOR
from normlab.app.study.views import SECTION
from normlab.app.worksheet.state import VIEWS as WORKSHEET
from normlab.cli import bench_document
from normlab.cli.bench_equivalence import judge, plain
from normlab.compare import ARM_KEYS
from normlab.config import BN_MODES_COST, RunConfig
from normlab.generation import GENERATION
from normlab.identity import run_id
from normlab.settings import from_query
from normlab.store import Store
from normlab.training.bench.cases import MODES_NAME
from normlab.training.bench.equivalence import Accuracies

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
SHIPPED = Store(Path(__file__).parent / "none", ROOT / "pretrained")
APP = "http://localhost:8501/"
LINKS = sorted({link for path in DOCUMENTS for link in re.findall(rf"\]\(({APP}[^)]*)\)", path.read_text("utf-8"))})
NOT_SHIPPED = ("train_size", "label_noise")
PAGES = {"/compare": COMPARE, "/study": (SECTION,), "/worksheet": WORKSHEET, "/lessons": LESSONS}


def query(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query, strict_parsing=bool(urlsplit(link).query)))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_local_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("link", [link for link in LINKS if urlsplit(link).path == "/"])
def test_a_link_into_the_lab_opens_a_run_that_comes_again(link: str) -> None:
    """One of the present generation that stands for its arm, or has the seed of the opening page."""
    asked = query(link)
    page, refused = setup.from_query(asked)
    views = {view.name: view for view in (*lab_views.VIEWS, *race.VIEWS, SCENE)}
    assert all(views[name].parse(text) is not None for name, text in asked.items() if name in views)
    beside = {*setup.KEYS, *views, PROJECTOR}
    config, problems = from_query({name: text for name, text in asked.items() if name not in beside})
    assert not refused
    assert not problems
    opening = SHIPPED.representative(RunConfig())
    if config == RunConfig() and "seed" not in asked:
        config = opening
    shown = [] if any(name in asked for name in NOT_SHIPPED) else [config]
    assert len(page.pins) == len([text for text in asked.get("pins", "").split(";") if text])
    for one in (*shown, *page.pins):
        run = SHIPPED.ended(run_id(one))
        assert run is not None
        assert run.record is not None
        assert run.record.generation == GENERATION
        assert one.seed in (opening.seed, SHIPPED.representative(one).seed)


@pytest.mark.parametrize("link", [link for link in LINKS if urlsplit(link).path == "/compare"])
def test_a_link_to_a_comparison_names_shipped_arms(link: str) -> None:
    for text in query(link).values():
        pick, refused = parse(text)
        assert not refused
        assert SHIPPED.ended(run_id(pick.config)) is not None


@pytest.mark.parametrize("link", [link for link in LINKS if urlsplit(link).path in PAGES])
def test_a_link_to_a_page_names_what_it_can_show(link: str) -> None:
    shown = {view.name: view for view in PAGES[urlsplit(link).path]}
    for name, text in query(link).items():
        assert name in (*ARM_KEYS, "projector") or shown[name].parse(text) is not None, text


def test_the_documentation_links_into_lab_compare_and_worksheet() -> None:
    assert {urlsplit(link).path for link in LINKS} >= {"/", "/compare", "/worksheet"}


def test_the_equivalence_that_is_told_is_the_one_that_was_measured() -> None:
    """Within the margin once all ten seeds are there; until then the document says how many are."""
    shipped = json.loads((ROOT / "docs" / "equivalence.json").read_text(encoding="utf-8"))
    facts = {name: shipped[name] for name in ("machine", "versions", "date", "epochs", "reference", "project")}
    found = Accuracies(**facts)
    assert plain(found) == shipped
    told = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert f"{judge(found).text}, {len(found.project)} seeds of each: " in told
    assert ("no difference that matters" in told) == judge(found).is_equivalent


def test_the_speed_that_is_told_is_the_one_that_was_measured() -> None:
    """`normlab bench --document docs` writes it."""
    folder = ROOT / "docs"
    assert (folder / bench_document.NAME).read_text(encoding="utf-8") == bench_document.text(folder)
    measured = [report.row(MODES_NAME).value for report in bench_document.reports(folder)]
    if measured:
        assert round(mean(measured), 1) == BN_MODES_COST
