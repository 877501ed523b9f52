"""A fourth data set is one file: settings, command line, page and exported script have it."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from idx_kit import idx

from normlab.choices import Dataset
from normlab.datasets import IDX_NAMES

ROOT = Path(__file__).parents[1]
SPEC = '''"""Bars: one bright row, whose height is the class."""

from normlab.datasets.spec import DatasetSpec, Framing, Script, idx_files

READ = """def read_images():
    folder = pathlib.Path({folder!r})
    read = lambda name, start: np.frombuffer((folder / name).read_bytes(), np.uint8, offset=start).copy()
    x = [read(name, 16).reshape(-1, 28, 28) for name in ("train-images-idx3-ubyte", "t10k-images-idx3-ubyte")]
    y = [read(name, 8) for name in ("train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte")]
    return x[0], y[0], x[1], y[1]"""

SPEC = DatasetSpec(
    key="bar-rows",
    name="Bars",
    about="One bright row.",
    credit="Made by a test.",
    training=250,
    validation=50,
    test=100,
    labels=tuple(f"row {{row}}" for row in range(10)),
    normalization=(0.1, 0.25),
    recipe={{"lr": 0.03, "batch_size": 25, "epochs": 8}},
    source=idx_files("Bars/raw", ("http://127.0.0.1:9/",), {files!r}),
    framing=Framing(fits=28),
    script=Script(READ, "import pathlib", "numpy"),
)
'''
BROUGHT = """import importlib.util, sys
found = importlib.util.find_spec("normlab.datasets")
found.submodule_search_locations.append({folder!r})
sys.modules[found.name] = package = importlib.util.module_from_spec(found)
found.loader.exec_module(package)
"""
"""Run by every Python that starts: the file lies beside those of the package."""

PAGE = f"""
from streamlit.testing.v1 import AppTest
from normlab.app.lab.sidebar import section_key
at = AppTest.from_file({str(ROOT / "streamlit_app.py")!r}, default_timeout=60)
at.query_params["dataset"] = "bar-rows"
at.query_params["epochs"] = "1"
at.session_state[section_key("data")] = True
at.run()
print(at.exception, at.title[0].value, [option for box in (*at.selectbox, *at.radio) for option in box.options])
at = AppTest.from_string("from normlab.app.data.page import PAGE; PAGE.show()", default_timeout=60).run()
print(at.exception, [item.value for item in (*at.subheader, *at.markdown, *at.caption)])
"""


def bars(count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(count, dtype=np.uint8) % 10
    images = random.integers(0, 60, (count, 28, 28), dtype=np.uint8)
    images[np.arange(count), 2 * labels + 4] = 255
    return images, labels


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a Python process that has the data set "bar-rows", its images and a store of its own."""
    raw, brought = tmp_path / "data" / "Bars" / "raw", tmp_path / "brought"
    raw.mkdir(parents=True)
    brought.mkdir()
    random, files = np.random.default_rng(0), []
    arrays = [*bars(300, random), *bars(100, random)]
    for name, array in zip(IDX_NAMES, arrays, strict=True):
        (raw / name).write_bytes(idx(array))
        files.append((array.nbytes, "", hashlib.md5(idx(array)).hexdigest()))
    (brought / "bars.py").write_text(SPEC.format(files=tuple(files), folder=str(raw)))
    (tmp_path / "sitecustomize.py").write_text(BROUGHT.format(folder=str(brought)))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "NORMLAB_DATA": str(tmp_path / "data"),
        "NORMLAB_STORE": str(tmp_path / "runs"),
    }


def output(environment: dict[str, str], *command: str) -> str:
    run = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.mark.slow
def test_a_fourth_data_set_is_on_the_command_line(environment: dict[str, str]) -> None:
    told = json.loads(output(environment, "-m", "normlab.cli", "train", "--dataset", "bar-rows", "--json"))
    assert told["test_accuracy"] > 0.9
    assert "bar-rows (1 MB)" in output(environment, "-m", "normlab.cli", "fetch", "--help")
    assert "bar-rows" in output(environment, "-m", "normlab.cli", "doctor")


@pytest.mark.slow
def test_a_fourth_data_set_is_on_the_page(environment: dict[str, str]) -> None:
    lab, data = output(environment, "-c", PAGE).splitlines()[-2:]
    assert "bar-rows" in lab
    assert "Bars" in lab
    for text in ("Bars", "One bright row.", "Made by a test.", "250 training, 50 validation and 100 test images"):
        assert text in data


@pytest.mark.slow
def test_a_fourth_data_set_is_in_an_exported_script(environment: dict[str, str], tmp_path: Path) -> None:
    code = "from normlab.config import RunConfig; from normlab.settings import changed; from normlab.export import *"
    settings = {"dataset": "bar-rows", "epochs": 2, "batch_size": 25, "lr": 0.03}
    script = tmp_path / "script.py"
    script.write_text(output(environment, "-c", f"{code}; print(pytorch_code(changed(RunConfig(), {settings})))"))
    assert "Needs torch, numpy." in script.read_text()
    assert "epoch" in output({**os.environ}, str(script)).lower()


def test_ten_classes_are_asked_for() -> None:
    with pytest.raises(ValueError, match="MNIST has 9 classes; the network answers with 10"):
        replace(Dataset.MNIST.spec, labels=tuple("123456789"))


def test_data_sets_are_listed_from_the_smallest() -> None:
    assert list(Dataset) == ["digits", "mnist", "fashion-mnist"]
    assert list(Dataset) == [Dataset.DIGITS, Dataset.MNIST, Dataset.FASHION_MNIST]
