"""Who may import whom: the house of ARCHITECTURE.md as a test."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "normlab"
SEVERAL = {"conftest", "__main__"}
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
        "templates",
        "files",
        "toml",
        "settings",
        "identity",
        "limits",
        "generation",
        "record",
        "record_json",
    ),  # ground
    *(
        "cores",
        "child",
        "crew",
        "presets",
        "grid",
        "describe",
        "titles",
        "images",
        "download",
        "normmath",
        "mismatch",
        "movement",
        "inference",
        "ruler",
        "drawing",
        "rewind",
    ),
    "worksheet",
    "store",
    "study",
    "study.plan",
    "training",
    *("labels", "compare", "race"),
    "study.results",
    *("stresses", "answering", "lessons"),
    *("frames", "charts"),
    *("study.claims", "study.texts"),
    "export",
    "engine",
    "classroom",
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
    """The room that a module is in: of `study`, which goes through several floors, one of its own rooms."""
    parts = module.split(".")[1:3]
    inner = ".".join(parts)
    return inner if inner in HOUSE else "".join(parts[:1])


def uses(path: Path, library: str) -> bool:
    return any(name == library or name.startswith(library + ".") for name in imports(path))


def test_every_test_file_has_a_name_of_its_own() -> None:
    """pytest imports a test file by its name alone, so a second one of that name cannot be collected."""
    names = Counter(
        path.name for path in Path(__file__).parent.rglob("*.py") if path.name.partition(".")[0] not in SEVERAL
    )
    assert [name for name, times in names.items() if times > 1] == []


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


def face(path: Path) -> set[str] | None:
    """The names in a package's `__all__`: its face. None if it has none: then its modules are imported themselves."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return None


PACKAGES = {name: face(path) for name, path in MODULES.items() if path.name == "__init__.py" and "." in name}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_package_with_a_face_is_entered_by_it(module: str) -> None:
    if module == "normlab":
        pytest.skip("the package's front door shows some names of its rooms")
    for name in imports(MODULES[module]):
        for package, names in PACKAGES.items():
            inside = name.removeprefix(f"{package}.")
            if names is not None and inside != name and not f"{module}.".startswith(f"{package}."):
                assert inside in names, f"{module} goes past the face of {package}: {inside}"


@pytest.mark.parametrize("package", sorted(name for name, names in PACKAGES.items() if names is None))
def test_a_package_without_a_face_imports_nothing(package: str) -> None:
    assert not imports(MODULES[package]), f"{package} imports, but has no __all__"


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


WIDGETS = {
    *("button", "data_editor", "multiselect", "pagination", "pills", "segmented_control", "select_slider", "selectbox"),
    *("text_area", "text_input", "toggle", "slider", "number_input", "radio", "checkbox", "popover", "expander"),
    "form_submit_button",
}
FOLDS = {"popover", "expander"}
"""The browser opens and closes them by itself, unless the script wants to hear of it."""

WITHIN_FORMS = {("normlab.app.classroom.join", "number_input")}
"""A form's controls say nothing by themselves; its button does."""


@pytest.mark.parametrize("module", sorted(name for name in MODULES if room(name) == "app"))
def test_every_control_that_says_something_is_the_shells(module: str) -> None:
    if module == "normlab.app.shell.widgets":
        return
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WIDGETS:
            whose = node.func.value
            where = f"{module}: line {node.lineno}"
            assert isinstance(whose, ast.Name), f"{where}: draw it within `with`"
            acts = any(word.arg in {"on_click", "on_change"} for word in node.keywords)
            folds = node.func.attr in FOLDS and not acts
            is_raw = whose.id != "widgets" if acts else whose.id == "st"
            allowed = folds or (module, node.func.attr) in WITHIN_FORMS
            assert allowed or not is_raw, f"{where}: take it from shell.widgets"


def test_the_pages_script_holds_no_text_that_streamlit_would_write_on_the_page() -> None:
    _, *rest = ast.parse(MODULES["normlab.app.script.main"].read_text(encoding="utf-8")).body
    assert not [node.lineno for node in rest if isinstance(node, ast.Expr)]
