"""Charts as pure specifications: valid, constant, dataless, with words for those who cannot see them."""

import json
from collections.abc import Callable

import altair as alt
import pandas as pd
import pytest
import synthetic

from normlab import frames
from normlab.charts import compare, compare_layers, curves, layers, ledger, mechanisms, mistakes, weights
from normlab.charts.theme import Spec, painted
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.settings import changed

DIGITS = tuple("0123456789")
FASHION = Dataset.FASHION_MNIST.spec.labels
CHARTS: dict[str, Callable[[], Spec]] = {
    "accuracy": lambda: curves.scores("accuracy", 15, 90.0, 100.0),
    "loss": lambda: curves.scores("loss", 15, 0.0, 0.5),
    "one epoch": lambda: curves.scores("loss", 1, 0.0, 2.5),
    "parts": lambda: curves.parts(15, 3.0),
    "learning rate": lambda: curves.learning_rate(15, 0.1),
    "overlay": lambda: curves.overlay("%", ("a [1]: c", "b 0.5"), ("#000000", "#FFFFFF"), 9, 0.0, 100.0),
    "overview": lambda: layers.overview("output_std", 15),
    "channels": lambda: layers.channels("mean", ("relu", "bn", "gn"), 16, -1.0, 2.0),
    "histograms": lambda: layers.histograms(("relu", "bn"), -3.0, 5.0, 70.0),
    "running": lambda: layers.running("mean", 18, 0.0, 2.0),
    "gamma": lambda: layers.affine("gamma", ("bn", "in"), 18, 0.0, 2.0),
    "beta": lambda: layers.affine("beta", ("ln",), 6, -1.0, 1.0),
    "weight norm": lambda: weights.measure("norm", 15, 5.0),
    "weight norm, once": lambda: weights.measure_once("norm", 5.0),
    "weight histogram": lambda: weights.histogram(0.5, 20.0),
    "filters": lambda: weights.filters(8, 0.7),
    "movement": lambda: ledger.movement("turn", ("L2 0.01", "no L2"), ("@bn", "@bn-shade"), 15, 2.0),
    "steps": lambda: ledger.by_layer("step", 15, -5.0, -1.0),
    "dead channels": lambda: ledger.by_layer("dead", 15, 0.0, 5.0),
    "pulls": lambda: ledger.pulls(15, -3.0, 1.0),
    "gradients by depth": lambda: ledger.depth(-2.0, 0.0),
    "shared values": lambda: ledger.sharing(("bn", "ln"), 1.0, 5.0),
    "confusion": lambda: mistakes.confusion(DIGITS, 10.0),
    "confusion of fashion": lambda: mistakes.confusion(FASHION, 10.0),
    "classes": lambda: mistakes.per_class(DIGITS, 80.0),
}

ARMS = ("BN · no L1", "GN(2) · L1 0.001")
HUES = ("@bn", "@gn")
CHARTS |= {
    "bands": lambda: compare.bands("%", ARMS, HUES, 15, 50.0, 100.0),
    "every seed": lambda: compare.seeds("nats", ARMS, HUES, 15, 0.0, 2.0),
    "dots": lambda: compare.dots("%", ARMS, HUES, (0, 1, 2), 97.0, 99.0, 54.0),
    "differences": lambda: compare.differences("points", ARMS, HUES, ARMS[0], 2.0, 0.1),
    "differences without margin": lambda: compare.differences("nats", ARMS, HUES, ARMS[0], 1.0, None),
    "interaction": lambda: compare.interaction("%", ARMS, HUES, ("no L1", "L1"), 97.0, 99.0),
    "densities": lambda: compare_layers.densities(ARMS, HUES, -2.0, 5.0, 300.0),
    "profiles": lambda: compare_layers.profiles(ARMS, HUES, 16, -1.0, 2.0),
    "layer curves": lambda: compare_layers.layer_curves(ARMS, HUES, 15, 0.0, 2.0),
    "shares": lambda: mechanisms.shares(("base", "projected"), -100.0, 100.0),
}

chart = pytest.mark.parametrize("build", CHARTS.values(), ids=CHARTS)


def run(**settings: object) -> synthetic.MemoryRun:
    return synthetic.run(changed(RunConfig(), {"epochs": 4, **settings}))


@chart
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_painted_chart_is_valid_vega_lite_without_roles(build: Callable[[], Spec], dark: bool) -> None:
    spec = painted(build(), dark=dark)
    alt.Chart.from_dict(spec, validate=True)
    assert '"@' not in json.dumps(spec)


@chart
def test_a_chart_names_its_rows_and_is_the_same_at_every_call(build: Callable[[], Spec]) -> None:
    first = json.dumps(build())
    assert build()["data"] == {"name": "rows"}
    assert '"datasets"' not in first
    assert json.dumps(build()) == first


@chart
def test_a_chart_is_drawn_as_svg(build: Callable[[], Spec]) -> None:
    assert build()["usermeta"]["embedOptions"]["renderer"] == "svg"


def scales(spec: object) -> list[tuple[str, dict[str, object]]]:
    """Every x and y channel of a field in the specification, with its scale."""
    if isinstance(spec, list):
        return [found for part in spec for found in scales(part)]
    if not isinstance(spec, dict):
        return []
    here = [
        (channel, encoding.get("scale", {}))
        for channel, encoding in spec.get("encoding", {}).items()
        if channel in ("x", "y") and "field" in encoding
    ]
    return here + [found for part in spec.values() for found in scales(part)]


@chart
def test_every_axis_has_explicit_limits(build: Callable[[], Spec]) -> None:
    found = scales(build())
    assert found
    for channel, scale in found:
        assert "domain" in scale, f"{channel} would follow the data, and the chart would be rebuilt"


@chart
def test_colors_follow_the_theme(build: Callable[[], Spec]) -> None:
    assert painted(build(), dark=False) != painted(build(), dark=True)


def test_the_words_for_curves_give_the_last_epochs_numbers() -> None:
    trained = run()
    frame = frames.curves([trained])
    told = curves.scores_alt(frame, "accuracy")
    assert f"test: {100 * trained.epochs[-1].test.accuracy:.2f} %" in told
    assert f"test: {trained.epochs[-1].test.loss:.3f} nats" in curves.scores_alt(frame, "loss")


def test_the_words_for_an_empty_chart_say_so() -> None:
    empty = frames.curves([synthetic.run(epochs=0)])
    assert "no epoch has ended" in curves.scores_alt(empty, "accuracy")
    assert "no step" in curves.parts_alt(frames.steps(synthetic.run(epochs=0)))


def test_the_words_for_an_overlay_name_every_run() -> None:
    runs = [run(norms=("bn",)), run(norms=("ln",))]
    told = curves.overlay_alt(frames.overlay(runs, frames.METRICS[0]), "Test accuracy", "%")
    for name, trained in zip(("BN", "LN"), runs, strict=True):
        assert f"{name}: {100 * trained.epochs[-1].test.accuracy:.4g} %" in told


def test_the_words_for_the_confusion_matrix_count_the_mistakes() -> None:
    trained = run()
    snapshot = trained.snapshot(4)
    labels = synthetic.true_labels(trained.config)
    told = mistakes.confusion_alt(frames.confusion(frames.predictions(snapshot, labels), DIGITS))
    assert f"{int((snapshot.predicted != labels).sum())} of {len(labels)} test images" in told


def test_the_words_for_layers_and_weights_have_numbers() -> None:
    trained = run()
    stats = frames.layer_at(trained, 4, "block1")
    assert f"{stats.stages[0].std.max():.3g}" in layers.channels_alt(frames.channels(stats), "std")
    assert f"{stats.norms[0].gamma.min():.3g}" in layers.affine_alt(frames.affine(stats), "gamma")
    assert f"{stats.norms[0].running_mean.max():.3g}" in layers.running_alt(frames.running(stats), "mean")
    assert f"Block 1 {stats.weights.norm:.3g}" in weights.measure_alt(frames.weights(trained), "norm")


def test_limits_stand_still_while_a_run_trains() -> None:
    running = [synthetic.run(changed(RunConfig(), {"epochs": 15}), epochs=n) for n in range(1, 16)]
    for value in ("accuracy", "loss"):
        limits = {curves.score_limits(frames.curves([part]), value, zoom=False) for part in running}
        assert len(limits) == 1


def test_zoom_shows_the_later_epochs_in_full() -> None:
    frame = frames.curves([run(epochs=15)])
    low, high = curves.score_limits(frame, "accuracy", zoom=True)
    assert low > 0
    assert frame[frame["epoch"] > 5]["accuracy"].between(low, high).all()


@pytest.mark.parametrize(
    ("outside", "told"),
    [
        ([], ""),
        ([1], "Epoch 1 is below this axis."),
        ([1, 2, 3], "Epochs 1–3 are below this axis."),
        ([2, 3, 7], "Epochs 2–3, 7 are below this axis."),
    ],
)
def test_a_zoomed_axis_says_which_epochs_it_cuts_off(outside: list[int], told: str) -> None:
    rows = [{"epoch": epoch, "value": 10.0 if epoch in outside else 95.0} for epoch in range(1, 9) for _ in range(2)]
    frame = pd.DataFrame(rows)
    assert curves.cut_off(frame, "value", 90.0, 100.0) == told
    assert curves.cut_off(frame, "value", 0.0, 100.0) == ""
    assert curves.cut_off(100 - frame.assign(epoch=100 - frame["epoch"]), "value", 0.0, 10.0) == told.replace(
        "below", "above"
    )


@pytest.mark.parametrize("field", ["output_std", "input_std"])
def test_the_overview_of_blocks_has_one_scale_and_shows_lines_that_coincide(field: str) -> None:
    spec = layers.overview(field, 15)
    (lines,) = (layer for layer in spec["layer"] if "strokeWidth" in layer["encoding"])
    assert lines["encoding"]["y"]["scale"]["domain"] == list(layers.SPREADS), "whatever the network"
    thickest, thinnest = lines["encoding"]["strokeWidth"]["scale"]["range"]
    assert (thickest - thinnest) / (len(layers.BLOCKS) - 1) >= 2, "a pixel of each is seen on both sides of the next"
