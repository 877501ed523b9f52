"""The epoch that the page shows: panels that keep fewer epochs take the nearest, and say so."""

from collections.abc import Sequence

import pandas as pd


def nearest(kept: Sequence[int], epoch: int | None) -> int:
    """The kept epoch that lies nearest, of two the earlier one; the newest if none is asked for."""
    return kept[-1] if epoch is None else min(kept, key=lambda known: abs(known - epoch))


def words(kept: Sequence[int], epoch: int | None) -> str:
    """Which epoch is shown, in one sentence."""
    shown = nearest(kept, epoch)
    when = f"After epoch {shown}" if shown else "Before training"
    if len(kept) == 1:
        return f"{when}, the only epoch kept."
    if epoch is None:
        return f"{when}, the latest."
    if shown == epoch:
        return f"{when}."
    return f"{when}, the kept epoch nearest to {epoch}."


def marked(frame: pd.DataFrame, epoch: int | None) -> pd.DataFrame:
    """The frame with a column `now`, at which charts over the epochs draw a rule; NaN draws none."""
    return frame.assign(now=float("nan") if epoch is None else float(epoch))
