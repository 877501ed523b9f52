"""The doctor: its advice is the README's, and a cache that cannot be written is no secret."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from normlab import installation
from normlab.cli import doctor

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


def test_it_advises_the_commands_of_the_readme(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read_me = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert {f".venv/bin/{installation.TORCH}", f".venv/bin/{installation.EVERYTHING}"} <= set(read_me)
    monkeypatch.setattr(doctor, "_PACKAGES", ("torch-that-is-missing", "torch", "torchvision"))
    monkeypatch.setattr(doctor, "_TRY_TORCH", "import no_such_torch")
    monkeypatch.setattr(doctor, "_TRY_VISION", "")
    monkeypatch.setattr(doctor, "_TRY_KERNELS", "")
    findings = {item["name"]: item["text"] for item in json.loads(run("doctor", "--json")[1])}
    assert f"`{installation.EVERYTHING}`" in findings["torch-that-is-missing"]
    assert f"`{installation.TORCH}`" in findings["torch runs"]


def test_the_container_and_hosts_take_the_same_builds_of_torch() -> None:
    address = installation.TORCH.split()[-1]
    for name in ("Dockerfile", "hosting/requirements.txt", ".binder/requirements.txt"):
        assert address in (ROOT / name).read_text(encoding="utf-8"), name


@pytest.mark.slow
def test_a_kernel_cache_that_cannot_be_written_is_told_with_its_place_and_another(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    code, finding = kernels(in_the_way / "cache")
    assert code == 1
    assert not finding["is_good"]
    assert str(in_the_way / "cache") in finding["text"]
    assert "compiles for some 10 s" in finding["text"]
    assert finding["text"].endswith("set NUMBA_CACHE_DIR to another folder.")
    code, finding = kernels(tmp_path / "cache")
    assert finding["is_good"]
    assert finding["text"].startswith(f"compiled ones are kept in {tmp_path / 'cache'}")


def kernels(cache: Path) -> tuple[int, dict[str, object]]:
    """The doctor's exit code and what it finds with this folder for compiled kernels."""
    command = [sys.executable, "-m", "normlab.cli", "doctor", "--json"]
    env = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "NORMLAB_PRETRAINED": str(ROOT / "pretrained")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    (found,) = (item for item in json.loads(done.stdout) if item["name"] == "kernels")
    return done.returncode, found
