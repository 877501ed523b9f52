"""What `normlab study findings` does: write docs/findings.md, the README's findings and their pictures."""

from pathlib import Path

from normlab.cli.common import Mistake, read_text, say
from normlab.findings import EXPECTATIONS, document, of_store, readme
from normlab.findings.pictures import pictures
from normlab.store import Store

_DOCUMENT, _README = Path("docs/findings.md"), Path("README.md")


def texts(shelf: Path, root: Path) -> dict[Path, str]:
    """Every file but the charts, by its place below `root`, from the runs that ship in `shelf`.

    Raises:
        Mistake: if `root` has no README with a marked section.
    """
    store = Store(root / "no runs of one's own", shelf)
    results = of_store(store.list(), store.read, shelf)
    section = readme.section(results, pictures(results))
    try:
        whole = readme.put(read_text(root / _README), section)
    except ValueError as error:
        raise Mistake(f"{root / _README} cannot take the findings: {error}.") from None
    return {_DOCUMENT: document.write(results, EXPECTATIONS), _README: whole}


def write(shelf: Path, root: Path) -> None:
    """Write the texts and draw the pictures anew, those that are of other results than the ones there are."""
    for path, text in texts(shelf, root).items():
        _write(root / path, text)
    store = Store(root / "no runs of one's own", shelf)
    folder = root / readme.FOLDER
    known = {f"{picture.name}.svg": picture for picture in pictures(of_store(store.list(), store.read, shelf))}
    for path in set(folder.glob("*.svg")) - {folder / name for name in known}:
        path.unlink()
    for name, picture in known.items():
        path = folder / name
        if not path.is_file() or picture.mark not in read_text(path):
            _write(path, picture.svg())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    say(f"Wrote {path}")
