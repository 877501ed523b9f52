"""Files that are named on the command line: whatever they are, a sentence and exit code 2, or what they say."""

import codecs
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from normlab.config import RunConfig
from normlab.grid import configurations
from normlab.settings import changed, from_toml, to_toml

Run = Callable[..., tuple[int, str, str]]
COMMANDS = [("train", "--config"), ("sweep",), ("prepare",)]
WIDE = "[grid]\nseed = [{0}]\nlr = [{1}]\nl1 = [{1}]\n".format(
    ", ".join(map(str, range(250))), ", ".join(f"0.0{k}" for k in range(1, 202))
)


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("x = " + "[" * 100_000, "nested too deeply"),
        ("x = " + "[" * 50 + "]" * 50, "nested too deeply"),
        ("x." * 100_000 + "x = 1", "nested too deeply"),
        ("seed = " + "9" * 5_000, "The file is not TOML"),
        ("seed = 0x" + "f" * 5_000, "a number that is too large"),
        ("x" * 1_000_001, "at most 1,000,000 are read"),
    ],
)
def test_a_file_beyond_bounds_is_one_sentence(
    run: Run, tmp_path: Path, words: tuple[str, ...], content: str, sentence: str
) -> None:
    file = tmp_path / "file.toml"
    file.write_text(content)
    code, out, err = run(*words, str(file))
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert len(err) < 300


@pytest.mark.skipif(os.name != "posix", reason="devices")
@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("kind", ["endless", "pipe", "folder"])
def test_what_is_no_file_is_not_read(run: Run, tmp_path: Path, words: tuple[str, ...], kind: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "endless").symlink_to("/dev/zero")
    code, _, err = run(*words, str(tmp_path / kind))
    assert code == 2
    assert err == f"normlab: {tmp_path / kind} is no regular file.\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seeds = 1000000000000000000", "seeds=1000000000000000000 must be a whole number from 1 to 10,000"),
        ("seeds = 10001", "from 1 to 10,000"),
        (WIDE, "The grid has 10,100,250 combinations; at most 10,000 are trained: give fewer."),
    ],
)
def test_a_grid_has_a_bound(run: Run, tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "grid.toml").write_text(text)
    code, _, err = run("sweep", str(tmp_path / "grid.toml"))
    assert code == 2
    assert sentence in err


def test_a_byte_order_mark_is_accepted(run: Run, tmp_path: Path) -> None:
    config = changed(RunConfig(), {"train_size": 64, "epochs": 1})
    file = tmp_path / "run.toml"
    file.write_bytes(codecs.BOM_UTF8 + to_toml(config).encode())
    assert run("train", "--config", str(file))[0] == 0
    assert from_toml("\ufeff" + to_toml(config)) == config
    assert len(configurations("\ufeffseeds = 2\n")) == 2
