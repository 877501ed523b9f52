"""Every link of a lesson or a course opens what it names: read by the app's own parsers."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from normlab.app.compare.picks import parse
from normlab.app.lab import race, setup
from normlab.app.lab import views as lab_views
from normlab.app.lab.scene import SCENE
from normlab.app.script.main import PAGES
from normlab.app.worksheet.state import VIEWS as WORKSHEET
from normlab.compare import ARM_KEYS
from normlab.lessons import courses, links, shipped
from normlab.settings import from_query
from normlab.stresses import SETTINGS as STRESS
from normlab.stresses import from_query as stress_from_query

LINKS = sorted(
    {link.to for lesson in shipped() for link in lesson.links}
    | {step.link for course in courses() for step in course.steps if step.link}
)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_opens_what_it_names(link: str) -> None:
    parts = urlsplit(link)
    asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    match parts.path:
        case "":
            views = {view.name: view for view in (*lab_views.VIEWS, *race.VIEWS, SCENE)}
            own = {name: text for name, text in asked.items() if name not in {*views, *setup.KEYS}}
            assert all(views[name].parse(text) is not None for name, text in asked.items() if name in views)
            assert not setup.from_query(asked)[1]
            assert not from_query(own)[1]
        case "compare":
            assert set(asked) <= set(ARM_KEYS)
            assert not [refused for text in asked.values() for refused in parse(text)[1]]
        case "stress":
            assert set(asked) <= set(STRESS)
            assert not stress_from_query(asked)[1]
        case "worksheet":
            views = {view.name: view for view in WORKSHEET}
            assert all(views[name].parse(text) is not None for name, text in asked.items())
        case _:
            pytest.fail(f"no lesson leads to {parts.path}")


def test_the_lessons_lead_into_lab_compare_and_stress() -> None:
    assert {urlsplit(link).path for link in LINKS} >= {"", "compare", "stress", "worksheet"}


def test_a_lesson_may_lead_to_every_page_of_the_menu() -> None:
    assert list(links.PAGES) == [page.path for page in PAGES if not page.is_hidden]
