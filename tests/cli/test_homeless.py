"""Every command works for a user who has no home folder, or one that cannot exist."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from normlab.cli.commands import COMMANDS

_NOBODY = """
import pwd
def nobody(uid):
    raise KeyError(uid)
pwd.getpwuid = nobody
"""
"""The system knows no such user."""

_RUN = """
import sys
from normlab.cli.commands import run
code = run(sys.argv[1:])
print("code", code)
"""

NEVER = f"{os.devnull}/home"


def homeless(folder: Path, home: str | None, code: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """In `folder`, with nothing in the environment that names a place, but for temporary files and compiled kernels."""
    cache = os.environ.get("NUMBA_CACHE_DIR") or str(platformdirs.user_cache_path("normlab"))
    env = {"PATH": os.environ["PATH"], "TMPDIR": str(folder), "NUMBA_CACHE_DIR": cache}
    env |= {} if home is None else {"HOME": home}
    code = _NOBODY + code if home is None else code
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder)


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps homes elsewhere")
@pytest.mark.parametrize("home", [None, NEVER])
def test_every_command_starts(tmp_path: Path, home: str | None) -> None:
    names = list(COMMANDS)
    helps = f"""
from normlab.cli.commands import run
for name in {names!r}:
    try:
        run([name, "--help"])
    except SystemExit as end:
        assert end.code == 0, name
run(["list"])
"""
    done = homeless(tmp_path, home, helps)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "~").exists(), "platformdirs' idea of a home that is not known"


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows keeps homes elsewhere")
@pytest.mark.parametrize("home", [None, NEVER])
def test_a_run_is_trained_and_a_sentence_says_where_it_is_kept(tmp_path: Path, home: str | None) -> None:
    done = homeless(tmp_path, home, _RUN, "train", "--epochs", "1", "--train-size", "50", "--json")
    assert done.stdout.endswith("code 0\n"), done.stderr
    assert "Traceback" not in done.stderr
    assert "set NORMLAB_STORE to another folder" in done.stderr
    assert str(tmp_path / "normlab-") in done.stderr
    assert not (tmp_path / "~").exists()
