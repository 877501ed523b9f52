"""The project's own files agree with each other."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def requirement_lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "--"))]


def test_requirements_for_hosting_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert requirement_lines("requirements.txt") == project["dependencies"]
    assert requirement_lines("hosting/requirements.txt") == ["-r ../requirements.txt"]


def test_torch_is_a_range_so_that_pip_finds_a_matching_pair() -> None:
    for line in requirement_lines("requirements.txt"):
        if line.startswith("torch"):
            assert "==" not in line
