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
    assert lines[0] == "9958 parameters"
    assert [line.split()[0] for line in lines[1:3]] == ["1", "2"]
    assert lines[3].endswith("runs in the store")


def test_every_command_it_names_exists() -> None:
    code = "\n".join(re.findall(r"```\n(.*?)```", README, flags=re.DOTALL))
    named = set(re.findall(r"^normlab (\w+)", code, flags=re.MULTILINE))
    assert {"train", "list", "show", "verify", "fetch", "doctor"} <= named
    for command in sorted(named):
        with pytest.raises(SystemExit) as done:
            main([command, "--help"])
        assert done.value.code == 0, command
