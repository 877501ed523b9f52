"""What tests of the page share: made-up runs in a store, and widgets that are hard to find."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow as pa
import synthetic
from streamlit.testing.v1 import AppTest

from normlab.config import RunConfig
from normlab.generation import GENERATION
from normlab.record import Ended, Started, Status
from normlab.store import Store


def keep(
    store: Store,
    config: RunConfig,
    *,
    status: Status = Status.FINISHED,
    epochs: int | None = None,
    generation: int = GENERATION,
) -> None:
    """A run of `config` that has ended, or (INTERRUPTED) broke off after `epochs`."""
    with store.begin(config) as attempt:
        for event in synthetic.events(config, epochs=epochs):
            attempt.append(replace(event, generation=generation) if isinstance(event, Started) else event)
        if status is not Status.INTERRUPTED:
            attempt.commit(Ended(status, "" if status is Status.FINISHED else "The loss was not a number."))


def preset_box(at: AppTest) -> Any:
    """Its key is another one whenever a setting has changed what it shows."""
    return next(box for box in at.selectbox if box.label == "Preset")


def sound(at: AppTest) -> AppTest:
    assert not at.exception, at.exception
    return at


def opened(script: Callable[[], None], **query: str) -> AppTest:
    """A page at its address; the script's source is executed elsewhere."""
    at = AppTest.from_function(script, default_timeout=30)
    at.query_params.update(query)
    return sound(at.run())


def words(at: AppTest) -> str:
    kinds = (at.markdown, at.caption, at.info, at.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def charts(at: AppTest) -> list[Any]:
    return [element.proto for element in at.get("vega_lite_chart")]


def rows(chart: Any) -> pd.DataFrame:
    """What a chart of `charts` shows."""
    return pa.ipc.open_stream(chart.datasets[0].data.data).read_pandas()


def heard(at: AppTest) -> list[str]:
    """The charts' text alternatives, in the charts' order: a chart's `alt` is the name by which a script finds it."""
    sent = [one.proto.json for one in at.get("bidi_component") if one.proto.component_name == "alternatives"]
    told: dict[str, str] = {name: words for text in sent for name, words in json.loads(text).items()}
    names = [chart.alt for chart in charts(at)]
    assert len(set(names)) == len(names), "no two charts have one name"
    return [told[name] for name in names]
