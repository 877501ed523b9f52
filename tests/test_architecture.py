"""Who may import whom: the house of ARCHITECTURE.md as a test."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "normlab"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}

HOUSE = (
    *(
        "errors",
        "home",
        "imports",
        "installation",
        "numerals",
        "rules",
        "registry",
        "norms",
        "datasets",
        "choices",
        "config",
        "files",
        "toml",
        "settings",
        "identity",
        "limits",
        "generation",
        "record",
    ),  # ground
    *(
        "cores",
        "crew",
        "presets",
        "grid",
        "describe",
        "images",
        "download",
        "normmath",
        "mismatch",
        "inference",
        "drawing",
        "rewind",
    ),
    "worksheet",
    *("store", "study", "stresses", "training"),
    *("labels", "compare"),
    *("frames", "charts", "findings", "export"),
    "engine",
    "web",
    *("cli", "app"),
)
"""Rooms from the ground to the roof: each imports only from itself and from rooms named before it."""


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} uses a relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def uses(path: Path, library: str) -> bool:
    return any(name == library or name.startswith(library + ".") for name in imports(path))


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_module_imports_only_what_stands_below_it(module: str) -> None:
    if module == "normlab":
        pytest.skip("the package's front door shows rooms of every floor")
    here = room(module)
    assert here in HOUSE, f"normlab/{here} has no place yet: add it to HOUSE and ARCHITECTURE.md"
    for name in imports(MODULES[module]):
        there = room(name) if name.startswith("normlab.") else ""
        if there in {"", here}:
            continue
        assert HOUSE.index(there) < HOUSE.index(here), f"{module} imports {name}, which does not stand below it"
        assert there != "training" or here == "cli", (
            f"{module} imports {name}: only the command line starts the torch half"
        )
        assert {here, there} != {"app", "cli"}, f"{module} imports {name}: the two roofs do not touch"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_the_training_half_imports_torch(module: str) -> None:
    if room(module) != "training":
        assert not uses(MODULES[module], "torch")
        assert not uses(MODULES[module], "torchvision")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_the_app_imports_streamlit(module: str) -> None:
    if room(module) != "app":
        assert not uses(MODULES[module], "streamlit")


def test_the_command_line_imports_the_torch_half_only_inside_its_commands() -> None:
    for module, path in MODULES.items():
        if room(module) == "cli":
            top = ast.parse(path.read_text(encoding="utf-8")).body
            names = {node.module for node in top if isinstance(node, ast.ImportFrom)}
            assert not any((name or "").startswith("normlab.training") for name in names), module


def test_what_the_page_imports_brings_no_torch_into_the_process() -> None:
    pages = [name for name in MODULES if room(name) not in {"training", ""}]
    code = f"import sys, importlib; [importlib.import_module(m) for m in {pages!r}]"
    code += "; print({'torch', 'numba'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("set()"), done.stdout + done.stderr
