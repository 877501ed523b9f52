"""What the browser gets for the lens: its law, its size, and what is said where nothing can be drawn."""

import base64
import json
import time
import zlib
from typing import Any

import numpy as np
import pytest
import synthetic
from streamlit.testing.v1 import AppTest

from normlab import images
from normlab.app.lens import maps, sent
from normlab.choices import Dataset, Norm, Widths
from normlab.config import ModelConfig, RunConfig
from normlab.describe import tensor_shapes
from normlab.settings import changed

KB = 1_000


def random_weights(model: ModelConfig) -> dict[str, Any]:
    """As hard to pack as any."""
    random = np.random.default_rng(1)
    return {name: random.standard_normal(shape).astype(np.float32) for name, shape in tensor_shapes(model).items()}


def test_weights_are_packed_to_the_last_bit() -> None:
    model = ModelConfig(norms=tuple(Norm))
    own = random_weights(model)
    planes = np.frombuffer(zlib.decompress(base64.b64decode(sent.packed(model, own))), np.uint8)
    found = planes.reshape(4, -1).T.copy().view("<f4").ravel()
    np.testing.assert_array_equal(found, np.concatenate([own[name].ravel() for name in tensor_shapes(model)]))


@pytest.mark.parametrize("batch_size", [2, 32])
def test_the_batch_is_the_image_and_the_first_training_images_of_the_run(batch_size: int) -> None:
    config = changed(RunConfig(), {"train_size": 100, "batch_size": batch_size})
    own = images.training_subset(images.load(Dataset.DIGITS), config.data)
    expected = own.images[: min(sent.MOST_IMAGES, batch_size) - 1]
    np.testing.assert_array_equal(sent.neighbors(config), expected)


@pytest.mark.parametrize("model", [ModelConfig(), ModelConfig(norms=tuple(Norm), widths=Widths.EVEN, groups=8)])
def test_an_image_at_one_epoch_takes_60_kb_and_all_kept_epochs_300(model: ModelConfig) -> None:
    random = np.random.default_rng(2)
    pixels = random.integers(0, 256, (28, 28), np.uint8)
    run = synthetic.run(changed(RunConfig(model=model), {"epochs": 15}))
    last = len(sent.packed(model, random_weights(model)))
    halves = {name: values.astype(np.float16) for name, values in random_weights(model).items()}
    rest = len(json.dumps({**maps.data(run, pixels), "weights": {}}))
    assert last + rest < 60 * KB
    assert last + 6 * len(sent.packed(model, halves)) + rest < 300 * KB


@pytest.mark.data
def test_an_image_of_any_data_set_takes_60_kb() -> None:
    for dataset in Dataset:
        config = changed(RunConfig(), {"dataset": dataset})
        rest = sent.deflated(sent.neighbors(config)), json.dumps(sent.network(config.model, sent.MOST_IMAGES))
        assert len(sent.packed(config.model, random_weights(config.model))) + sum(map(len, rest)) < 58 * KB


def test_another_image_takes_a_hundredth_of_a_second() -> None:
    run, test = synthetic.run(), images.load(Dataset.DIGITS).test
    maps.data(run, test.images[0])
    start = time.process_time()
    for image in test.images[1:11]:
        maps.data(run, image)
    assert time.process_time() - start < 10 * 0.2  # it is about 0.002 each; issue: at most 0.2


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("block3.relu.1.1.1", True),
        ("block3.bn.16.10.10", True),
        ("transition.7.24.24", True),
        ("head.10.1.1", True),
        ("block3.bn.17.1.1", False),
        ("block3.bn.0.1.1", False),
        ("block3.ln.1.1.1", False),
        ("block3.conv.1.1.1", False),
        ("block3.bn.1.1", False),
        ("block3.bn.1.1.²", False),
        ("block3.bn.1.1.1e0", False),
        ("", False),
    ],
)
def test_a_cell_is_a_value_of_a_map(text: str, is_one: bool) -> None:
    assert sent.is_cell(text, ModelConfig()) is is_one


def test_what_a_browser_says_is_checked() -> None:
    said = {"view": "<b>", "cell": ["x"], "filters": "yes"}
    assert maps.Look.of(said, ModelConfig()) == maps.Look()
    known = {"view": "test", "cell": "block1.bn.6.26.26", "filters": True}
    assert maps.Look.of(known, ModelConfig()) == maps.Look("test", "block1.bn.6.26.26", True)


def page(kind: str) -> None:
    from dataclasses import replace

    import numpy as np
    import synthetic

    from normlab.app.lens import maps
    from normlab.config import RunConfig
    from normlab.settings import changed
    from normlab.store import Damage

    run = synthetic.run(changed(RunConfig(), {"epochs": 4}))

    class Damaged(synthetic.MemoryRun):
        def snapshot(self, epoch: int) -> None:  # type: ignore[override]
            raise Damage("tensors.safetensors cannot be read (cut off).")

    if kind == "damaged":
        run = Damaged(**{name: getattr(run, name) for name in run.__dataclass_fields__})
    if kind == "nothing kept":
        run = replace(run, snapshots={})
    maps.show(run, np.zeros((28, 28), np.uint8), 3, name="A drawing")


def shown(kind: str) -> AppTest:
    at = AppTest.from_function(page, args=(kind,), default_timeout=30).run()
    assert not at.exception, at.exception
    return at


def drawn(at: AppTest) -> dict[str, Any]:
    (component,) = at.get("bidi_component")
    found: dict[str, Any] = json.loads(component.proto.json)
    return found


def test_the_nearest_kept_epochs_weights_are_sent_and_all_once_when_asked_for() -> None:
    own = drawn(shown("usual"))
    assert (own["epoch"], own["kept"], list(own["weights"])) == (3, [0, 1, 2, 4], ["2"])
    at = AppTest.from_function(page, args=("usual",), default_timeout=30)
    at.session_state["lens-all"] = own["run"]
    assert list(drawn(at.run())["weights"]) == ["0", "1", "2", "4"]
    assert list(drawn(at.run())["weights"]) == [], "the browser has them"


@pytest.mark.parametrize(
    ("kind", "said"),
    [("damaged", "The feature maps cannot be drawn"), ("nothing kept", "This run kept no weights")],
)
def test_where_nothing_can_be_drawn_one_sentence_says_why(kind: str, said: str) -> None:
    at = shown(kind)
    assert not at.get("bidi_component")
    (message,) = [*at.error, *at.info]
    assert said in message.value


def test_without_the_data_set_there_is_a_test_view_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "is_there", lambda dataset: False)
    own = drawn(shown("usual"))
    assert own["neighbors"] == ""
    assert own["missing"] == "The training view needs the images of Digits, which are not here."
