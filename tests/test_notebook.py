"""notebooks/study.ipynb runs from top to bottom, is committed without outputs, and links to this repository."""

import ast
import os
import re
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "study.ipynb"


def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_valid_and_has_no_outputs() -> None:
    nbformat.validate(notebook())
    for cell in notebook().cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


def test_no_text_names_an_address_of_the_repository() -> None:
    """Badges with the address of nobody lead nowhere: whoever publishes a copy puts its address into pyproject.toml."""
    for path in (NOTEBOOK, *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"github\.com/[\w-]+/normlab|mybinder\.org|colab\.research|your-name", text), path.name


def test_binder_finds_all_that_the_notebook_imports_and_not_the_dockerfile() -> None:
    folder = ROOT / ".binder"
    assert not (folder / "Dockerfile").exists()
    assert not (ROOT / "binder").exists(), "Binder refuses two such folders"
    assert not (folder / ".dockerignore").exists(), "the root's, which leaves out the notebook, does not count"
    assert (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()[-1] == "--editable ."
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = (folder / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert SpecifierSet(project["requires-python"]).contains(version)
    brought = {Requirement(line).name for line in project["dependencies"]} | {project["name"]} | sys.stdlib_module_names
    code = "\n".join(cell.source for cell in notebook().cells if cell.cell_type == "code")
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert {"altair", "normlab", "pandas"} <= imported <= brought


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_runs_and_compares_seeds_by_their_ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    done = NotebookClient(notebook(), timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    told = "\n".join(
        str(output.get("text", "")) for cell in done.cells if cell.cell_type == "code" for output in cell.outputs
    )
    assert told.count("too few seeds to decide") == 2
    assert "BN's swing with running minus re-estimated statistics: +" in told
    assert "seeds 0, 1, 2" in told, "the runs that ship"
