"""What the README shows works as shown."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from normlab.cli.commands import run as main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORMLAB_STORE", str(tmp_path / "runs"))
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["epoch", "0", "1", "2", "9958", "1", "2"]
    assert len(list((tmp_path / "runs").glob("*/record.json"))) == 1


@pytest.mark.slow
def test_the_python_example_passes_a_strict_type_check(tmp_path: Path) -> None:
    """As a user's own code would, who has normlab installed."""
    file = tmp_path / "example.py"
    file.write_text("\n".join(re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", str(file)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_command_it_names_exists() -> None:
    code = "\n".join(re.findall(r"```\n(.*?)```", README, flags=re.DOTALL))
    named = set(re.findall(r"^normlab (\w+)", code, flags=re.MULTILINE))
    assert {"train", "list", "show", "verify", "fetch", "doctor"} <= named
    for command in sorted(named):
        with pytest.raises(SystemExit) as done:
            main([command, "--help"])
        assert done.value.code == 0, command
