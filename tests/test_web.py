"""The routes beside the page."""

import ast
from pathlib import Path
from typing import Any

import own_loop
import pytest
from asgi_kit import ask
from starlette.applications import Starlette

from normlab.app.script import __main__ as installed
from normlab.classroom import Classes, NotKept
from normlab.web import routes

ROOT = Path(__file__).parents[1]


def nowhere() -> Classes:
    raise NotKept("There is no disk.")


@pytest.mark.parametrize(("base", "path"), [("", "/c/ping"), ("lab", "/lab/c/ping"), ("/a/b/", "/a/b/c/ping")])
def test_a_page_can_ask_whether_routes_arrive(base: str, path: str) -> None:
    app = Starlette(routes=routes(base, nowhere))
    answer = own_loop.run(ask(app, path))
    assert (answer.status, answer.content) == (200, {"app": "normlab"})
    assert answer.headers["cache-control"] == "no-store"
    assert own_loop.run(ask(app, "/ping")).status == 404


@pytest.mark.parametrize("file", ["streamlit_app.py", "hosting/streamlit_app.py", "normlab/app/script/__main__.py"])
def test_streamlit_finds_the_app_in_every_entry_by_reading_it(file: str) -> None:
    (made,) = (
        node.value
        for node in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "app"
    )
    assert isinstance(made, ast.Call)
    assert ast.unparse(made.func) == "st.App"


@pytest.mark.parametrize(
    ("option", "variable"),
    [
        ("server.maxUploadSize", "STREAMLIT_SERVER_MAX_UPLOAD_SIZE"),
        ("server.disconnectedSessionTTL", "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL"),
        ("theme.light.primaryColor", "STREAMLIT_THEME_LIGHT_PRIMARY_COLOR"),
    ],
)
def test_the_environment_comes_before_the_projects_options(
    option: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_on: dict[str, Any] = {}
    monkeypatch.setattr(installed.app, "run", lambda config: handed_on.update(config))
    installed.serve(port=None)
    assert option in handed_on

    handed_on.clear()
    monkeypatch.setenv(variable, "as the deployer says")
    installed.serve(port=8123)
    assert option not in handed_on
    assert handed_on["server.port"] == 8123
