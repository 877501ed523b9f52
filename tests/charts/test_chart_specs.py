"""Charts as pure specifications: valid, constant, dataless, with words for those who cannot see them."""

import json
from collections.abc import Callable

import altair as alt
import pytest
import synthetic

from normlab import frames
from normlab.charts import compare, compare_layers, curves, layers, mechanisms, mistakes, weights
from normlab.charts.theme import Spec
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.settings import changed

DIGITS = tuple("0123456789")
FASHION = Dataset.FASHION_MNIST.spec.labels
CHARTS: dict[str, Callable[[bool], Spec]] = {
    "accuracy": lambda dark: curves.scores("accuracy", 15, 90.0, 100.0, dark=dark),
    "loss": lambda dark: curves.scores("loss", 15, 0.0, 0.5, dark=dark),
    "one epoch": lambda dark: curves.scores("loss", 1, 0.0, 2.5, dark=dark),
    "parts": lambda dark: curves.parts(15, 3.0, dark=dark),
    "learning rate": lambda dark: curves.learning_rate(15, 0.1, dark=dark),
    "overlay": lambda dark: curves.overlay("%", ("a [1]", "b 0.5"), ("#000000", "#FFFFFF"), 9, 0.0, 100.0, dark=dark),
    "overview": lambda dark: layers.overview("output_std", 15, 2.0, dark=dark),
    "channels": lambda dark: layers.channels("mean", ("relu", "bn", "gn"), 16, -1.0, 2.0, dark=dark),
    "histograms": lambda dark: layers.histograms(("relu", "bn"), -3.0, 5.0, 70.0, dark=dark),
    "running": lambda dark: layers.running("mean", 18, 0.0, 2.0, dark=dark),
    "gamma": lambda dark: layers.affine("gamma", ("bn", "in"), 18, 0.0, 2.0, dark=dark),
    "beta": lambda dark: layers.affine("beta", ("ln",), 6, -1.0, 1.0, dark=dark),
    "weight norm": lambda dark: weights.measure("norm", 15, 5.0, dark=dark),
    "weight norm, once": lambda dark: weights.measure_once("norm", 5.0, dark=dark),
    "weight histogram": lambda dark: weights.histogram(0.5, 20.0, dark=dark),
    "filters": lambda dark: weights.filters(8, 0.7, dark=dark),
    "confusion": lambda dark: mistakes.confusion(DIGITS, 10.0, dark=dark),
    "confusion of fashion": lambda dark: mistakes.confusion(FASHION, 10.0, dark=dark),
    "classes": lambda dark: mistakes.per_class(DIGITS, 80.0, dark=dark),
}

ARMS = ("BN · no L1", "GN(2) · L1 0.001")
HUES = {False: ("#000000", "#111111"), True: ("#FFFFFF", "#EEEEEE")}
CHARTS |= {
    "bands": lambda dark: compare.bands("%", ARMS, HUES[dark], 15, 50.0, 100.0, dark=dark),
    "every seed": lambda dark: compare.seeds("nats", ARMS, HUES[dark], 15, 0.0, 2.0),
    "dots": lambda dark: compare.dots("%", ARMS, HUES[dark], (0, 1, 2), 97.0, 99.0, dark=dark),
    "differences": lambda dark: compare.differences("points", ARMS, HUES[dark], ARMS[0], 2.0, 0.1, dark=dark),
    "differences without margin": lambda dark: compare.differences(
        "nats", ARMS, HUES[dark], ARMS[0], 1.0, None, dark=dark
    ),
    "interaction": lambda dark: compare.interaction("%", ARMS, HUES[dark], ("no L1", "L1"), 97.0, 99.0),
    "densities": lambda dark: compare_layers.densities(ARMS, HUES[dark], -2.0, 5.0, 300.0),
    "profiles": lambda dark: compare_layers.profiles(ARMS, HUES[dark], 16, -1.0, 2.0, dark=dark),
    "layer curves": lambda dark: compare_layers.layer_curves(ARMS, HUES[dark], 15, 0.0, 2.0, dark=dark),
    "shares": lambda dark: mechanisms.shares(("base", "projected"), -100.0, 100.0, dark=dark),
}

chart = pytest.mark.parametrize("build", CHARTS.values(), ids=CHARTS)
theme = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def run(**settings: object) -> synthetic.MemoryRun:
    return synthetic.run(changed(RunConfig(), {"epochs": 4, **settings}))


@chart
@theme
def test_a_chart_is_valid_vega_lite(build: Callable[[bool], Spec], dark: bool) -> None:
    alt.Chart.from_dict(build(dark), validate=True)


@chart
@theme
def test_a_chart_names_its_rows_and_is_the_same_at_every_call(build: Callable[[bool], Spec], dark: bool) -> None:
    first = json.dumps(build(dark))
    assert build(dark)["data"] == {"name": "rows"}
    assert '"datasets"' not in first
    assert json.dumps(build(dark)) == first


@chart
def test_a_chart_is_drawn_as_svg(build: Callable[[bool], Spec]) -> None:
    assert build(False)["usermeta"]["embedOptions"]["renderer"] == "svg"


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
def test_every_axis_has_explicit_limits(build: Callable[[bool], Spec]) -> None:
    found = scales(build(False))
    assert found
    for channel, scale in found:
        assert "domain" in scale, f"{channel} would follow the data, and the chart would be rebuilt"


@chart
def test_colors_follow_the_theme(build: Callable[[bool], Spec]) -> None:
    assert json.dumps(build(False)) != json.dumps(build(True))


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
