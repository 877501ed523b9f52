"""The lens in a real Chromium: its arithmetic against torch, and the picture by pointer and by keyboard. No server."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import synthetic
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from torch import nn

from normlab import images
from normlab.app.lens import maps, sent
from normlab.app.shell.component import script
from normlab.choices import BlockNumber, Norm, Widths
from normlab.config import ModelConfig, RunConfig
from normlab.describe import layer_table
from normlab.inference import normalized
from normlab.settings import changed
from normlab.training.layers import BatchNorm
from normlab.training.model import StudyNet, norm_layer
from normlab.training.modes import layer_by_layer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

Values = npt.NDArray[np.float32]

MODELS = {
    "no norm": ModelConfig(norms=()),
    **{str(norm): ModelConfig(norms=(norm,)) for norm in Norm},
    "all, even": ModelConfig(norms=tuple(Norm), widths=Widths.EVEN, groups=4),
    "ghosts": ModelConfig(norms=(Norm.BN,), ghost_batch=4),
    "norms in two blocks": ModelConfig(norms=(Norm.BN, Norm.LN), norm_blocks=(BlockNumber.TWO, BlockNumber.FIVE)),
}
VIEWS = (maps.TRAINING, maps.TEST)
COUNT = sent.MOST_IMAGES

_ARITHMETIC = """async (source) => {
    const own = new Blob([source], {type: 'text/javascript'});
    Object.assign(window, await import(URL.createObjectURL(own)));
}"""
_PASS = """async ([network, packed, pixels, normalization, view]) => {
    window.stages = stagesOf(network);
    window.weights = await unpacked(packed, network);
    window.steps = passed(stages, network.input, weights, normalizedPixels(bytes(pixels), normalization), view);
    const text = (values) => {
        let letters = '';
        for (const byte of new Uint8Array(values.buffer)) letters += String.fromCharCode(byte);
        return btoa(letters);
    };
    return steps.slice(1).map(({stage, step, count, channels, size, values}) =>
        [stage, step, [count, channels, size, size], text(values)]);
}"""


@pytest.fixture
def arithmetic(page: Page) -> Page:
    """A page that knows what passes.js defines, and nothing else."""
    names = "bytes, normalizedPixels, passed, sharing, stagesOf, unpacked, wayOf"
    source = (Path(maps.__file__).parent / "passes.js").read_text(encoding="utf-8")
    page.set_content("<!doctype html>")
    page.evaluate(_ARITHMETIC, f"{source}\nexport {{ {names} }}")
    return page


def network(model: ModelConfig, view: str) -> StudyNet:
    """Every parameter and memory away from where it starts; in training BatchNorm measures the batch."""
    net, random = StudyNet(replace(model, dropout=0.0), seed=3), torch.Generator().manual_seed(8)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if value.dim() == 1:
                low, high = (0.5, 2.0) if name.endswith(("var", "weight")) else (-0.5, 0.5)
                value.uniform_(low, high, generator=random)
    net.eval()
    for module in net.modules():
        module.train(isinstance(module, BatchNorm) and view == maps.TRAINING)
    return net


def put_out(net: StudyNet, x: torch.Tensor) -> dict[str, Values]:
    """What torch's layers put out, each heard by a hook."""
    found: dict[str, Values] = {}

    def listen(name: str) -> Callable[[nn.Module, Any, torch.Tensor], None]:
        return lambda module, inputs, output: found.__setitem__(name, output.detach().clone().numpy())

    leaves = [(name, module) for name, module in net.named_modules() if not [*module.children()]]
    hooks = [module.register_forward_hook(listen(name)) for name, module in leaves]
    with torch.no_grad():
        layer_by_layer(net, x)
    for hook in hooks:
        hook.remove()
    return found


def weights(net: StudyNet) -> dict[str, Values]:
    return {name: value.numpy().copy() for name, value in net.state_dict().items()}


def batch(config: RunConfig) -> npt.NDArray[np.uint8]:
    shown = images.load(config.data.dataset).test.images[7:8]
    return np.concatenate([shown, sent.neighbors(config)])


def passed(page: Page, model: ModelConfig, view: str) -> dict[str, tuple[Values, Values]]:
    """What the browser's layers put out and what torch's do, by layer."""
    config = RunConfig(model=model)
    pixels, net = batch(config), network(model, view)
    packed = sent.packed(model, weights(net))
    theirs = put_out(net, torch.from_numpy(normalized(pixels, config.data.dataset)))
    told = page.evaluate(
        _PASS,
        [
            sent.network(model, len(pixels)),
            packed,
            base64.b64encode(pixels.tobytes()).decode("ascii"),
            config.data.dataset.spec.normalization,
            view,
        ],
    )
    ours = {
        ".".join(filter(None, (stage, step))): np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)
        for stage, step, shape, text in told
    }
    return {name: (values, theirs[name]) for name, values in ours.items()}


def alike(found: Any, expected: Any) -> None:
    """To single precision, of the largest value."""
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5 * float(np.abs(expected).max()))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_browsers_maps_and_every_lens_agree_with_torchs_layers(
    arithmetic: Page, model: ModelConfig, view: str
) -> None:
    found = passed(arithmetic, model, view)
    shown = {row.name: row.shape for row in layer_table(model) if not row.name.endswith(("conv", "dropout", "output"))}
    assert {name: ours.shape[1:] for name, (ours, _) in found.items()} == shown
    for ours, theirs in found.values():
        alike(ours, theirs)
    random = np.random.default_rng(4)
    cells, expected = [], []
    for name, (_, theirs) in found.items():
        stage = name.split(".")[0]
        last = [other for other in found if other.split(".")[0] == stage][-1]
        for _ in range(5):
            channel, row, column = (int(random.integers(size)) for size in theirs.shape[1:])
            cells.append({"stage": stage, "channel": channel, "row": row, "column": column})
            expected.append(float(found[last][1][0, channel, row, column]))
    ways = arithmetic.evaluate(
        """([cells, view]) => cells.map((cell) => {
            const {output, layer} = wayOf(stages, weights, steps, view, cell);
            return [output, layer];
        })""",
        [cells, view],
    )
    outputs, layers = zip(*ways, strict=True)
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(outputs, layers, rtol=2e-6, atol=2e-6 * scale)
    np.testing.assert_allclose(outputs, expected, rtol=2e-5, atol=2e-5 * scale)


@pytest.mark.parametrize("ghost", [0, 2])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("norm", Norm)
def test_exactly_the_cells_whose_change_moves_a_statistic_are_lit(
    arithmetic: Page, norm: Norm, view: str, ghost: int
) -> None:
    """Every other cell is moved in torch's own layer: does the chosen one come out otherwise?"""
    model, shape, chosen = ModelConfig(norms=(norm,), ghost_batch=ghost), (4, 6, 2, 2), (0, 3, 1, 1)
    layer = norm_layer(norm, shape[1], model).double().train(view == maps.TRAINING)
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        before = layer(x)[chosen].item()
        moved = np.zeros(shape, bool)
        for place in np.ndindex(*shape):
            other = x.clone()
            other[place] += 0.7
            moved[place] = place != chosen and layer(other)[chosen].item() != before
    moved[chosen] = moved.any()  # its own change also moves its output directly: it counts where others do
    description = sent.network(model, shape[0])
    lit = arithmetic.evaluate(
        "([network, view, channel]) => sharing(stagesOf(network)[0].norms[0], view, channel)",
        [description, view, chosen[1]],
    )
    mask = np.outer(lit["images"], lit["channels"])[:, :, None, None] & np.ones(shape, bool)
    np.testing.assert_array_equal(mask, moved)


# ---- the picture ----

_HOST = """<!doctype html><html lang="en"><title>Lens</title>
  <style>:root {{ --st-text-color: #31333F; --st-background-color: #FFFFFF;
  --st-secondary-background-color: #F5F6F8; --st-border-color: #E6E7EA; --st-primary-color: #0072B2;
  --st-base-radius: 8px; --st-font: sans-serif }} body {{ margin: 8px }}</style><style>{css}</style>
  <div id="host"><div class="lens-frame"></div></div>"""
_OPEN = """async ([source, data]) => {
    const own = await import(URL.createObjectURL(new Blob([source], {type: 'text/javascript'})));
    window.told = [];
    window.normlabWeights?.clear();
    const parentElement = document.querySelector('#host');
    window.send = (data) => own.default({data, parentElement, setTriggerValue: (...said) => told.push(said)});
    send(data);
    return document.querySelector('.lens-frame').getBoundingClientRect().height;
}"""

_HEIGHT = "document.querySelector('.lens-frame').getBoundingClientRect().height"

Open = Callable[..., tuple[Page, dict[str, Any]]]


@pytest.fixture
def picture(page: Page) -> Open:
    """Opens the component for a made-up run with these settings."""

    def opened(wide: int = 1100, **settings: Any) -> tuple[Page, dict[str, Any]]:
        run = synthetic.run(changed(RunConfig(), {"epochs": 4, **settings}))
        image = images.load(run.config.data.dataset).test.images[7]
        about = {"name": "Test image 8", "truth": 5, "projector": False, "opens": True}
        look = {"view": maps.TRAINING, "cell": "", "filters": False}
        data = {**maps.data(run, image), **about, "look": look}
        page.set_viewport_size({"width": wide, "height": 900})
        page.set_content(_HOST.format(css=Path(maps.__file__).with_suffix(".css").read_text(encoding="utf-8")))
        height = page.evaluate(_OPEN, [script(maps.__file__, maps.SCRIPTS), data])
        expect(page.locator("[data-lit]")).to_be_visible()
        assert page.evaluate(_HEIGHT) == height, "places are there before the maps"
        return page, {**maps.data(run, image, whole=True), **about, "look": look}

    return opened


def feature(page: Page, stage: str, step: str, channel: int) -> Locator:
    return page.locator(f'.map[data-stage="{stage}"][data-step="{step}"][data-channel="{channel}"]')


@pytest.mark.parametrize("norm", Norm)
def test_tapping_a_value_lights_as_many_cells_as_the_norm_says(picture: Open, norm: Norm) -> None:
    page, _ = picture(norms=(norm,))
    model, channel = ModelConfig(norms=(norm,)), 4
    _, channels, *places = next(row for row in layer_table(model) if row.name == "block3.relu").shape, 16, 10, 10
    sharing = norm.spec.sharing(COUNT, channels, model.groups)
    lit = sum(own == sharing.channels[channel] for own in sharing.channels)
    cells = lit * sharing.images.count(sharing.images[0]) * places[0] * places[1]
    feature(page, "block3", "relu", channel).click(position={"x": 5, "y": 5})
    expect(page.locator(".lens")).to_have_attribute("data-lit", str(cells))
    expect(page.locator(".map.lit")).to_have_count(lit)
    expect(page.locator(".numbers .who")).to_contain_text(f"{cells:,} values share")
    expect(page.locator(".check")).to_have_text("✓ The layer's output, to float precision.")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.locator(".lens")).to_have_attribute("data-lit", "0" if norm.spec.remembers else str(cells))
    expect(page.locator(".map.lit")).to_have_count(0 if norm.spec.remembers else lit)


def test_the_keyboard_goes_from_map_to_map_and_from_value_to_value(picture: Open) -> None:
    page, _ = picture()
    expect(page.locator('.map[tabindex="0"]')).to_have_count(1)
    feature(page, "block2", "relu", 3).click(position={"x": 1, "y": 1})
    expect(page.locator('.map[tabindex="0"]')).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(feature(page, "block2", "relu", 4)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(feature(page, "block2", "bn", 4)).to_be_focused()
    before = page.locator(".value").first.text_content()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(feature(page, "block2", "bn", 4)).to_be_focused()
    expect(page.locator(".value").first).not_to_have_text(str(before))
    expect(page.locator(".said")).to_contain_text("Block 2, channel 5, after BatchNorm, row")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".map:focus")).to_have_attribute("data-stage", "transition")
    page.wait_for_function("told.some(([name]) => name === 'looked')")
    said = page.evaluate("told.findLast(([name]) => name === 'looked')[1]")
    assert sent.is_cell(said["cell"], ModelConfig())
    assert maps.Look.of(said, ModelConfig()).cell == said["cell"]


def test_the_table_has_the_numbers_of_the_lens(picture: Open) -> None:
    page, _ = picture()
    feature(page, "block3", "bn", 2).click(position={"x": 9, "y": 9})
    page.get_by_text("These numbers as a table").click()
    read = "all => all.map(row => [...row.cells].map(cell => cell.textContent))"
    rows = dict(page.locator("tr").evaluate_all(read))
    value = {name: float(text.replace("−", "-")) for name, text in rows.items() if re.fullmatch(r"−?[\d.]+", text)}
    assert sum(name.startswith("Patch, input") for name in rows) == 7
    hat = (value["After ReLU"] - value["Mean μ"]) / (value["Variance σ²"] + 1e-5) ** 0.5
    assert value["Normalized x̂"] == pytest.approx(hat, abs=1e-6)
    result = value["Scale γ"] * value["Normalized x̂"] + value["Offset β"]
    assert value["Result"] == pytest.approx(result, abs=1e-6)
    shown = page.locator(".lens .value b").text_content()
    assert shown is not None
    assert float(shown.replace("−", "-")) == pytest.approx(value["Result"], abs=6e-4)


def test_a_players_epoch_is_followed_and_its_weights_are_asked_for_once(picture: Open) -> None:
    page, whole = picture()
    tell = "([run, epoch]) => dispatchEvent(new CustomEvent('normlab-epoch', {detail: {run, epoch}}))"
    page.evaluate(tell, [whole["run"], 2])
    assert page.evaluate("told") == [["wanted", whole["run"]]]
    page.evaluate("(data) => send(data)", whole)
    for epoch, words in ((2, "After epoch 2"), (0, "Before training"), (3, "After epoch")):
        page.evaluate(tell, [whole["run"], epoch])
        expect(page.locator(".epoch")).to_contain_text(words)
    assert len(page.evaluate("told")) == 1


def is_kept(height: float, style: str) -> bool:
    """Whether the page's style keeps about as much of a place before the script is there."""
    return any(abs(int(kept) - height) < 25 for kept in re.findall(r"min-height: (\d+)px", style))


@pytest.mark.parametrize("wide", [390, 1100])
def test_nothing_moves_whatever_is_looked_at(picture: Open, wide: int) -> None:
    page, _ = picture(wide, norms=("bn", "gn"))
    height = page.evaluate(_HEIGHT)
    assert is_kept(height, maps.place(projector=False))
    for stage in ("block1", "transition", "pool", "average", "head", "block6", "block4"):
        page.locator(f'.map[data-stage="{stage}"]').first.click()
        assert page.evaluate(_HEIGHT) == height, stage
    for name in ("Filters", "Test", "BatchNorm"):
        page.get_by_role("button", name=name, exact=True).click()
        assert page.evaluate(_HEIGHT) == height, name


def test_on_a_projector_all_of_it_is_on_one_screen_in_large_letters(picture: Open) -> None:
    page, whole = picture(1920)
    page.evaluate("(data) => send(data)", {**whole, "projector": True})
    expect(page.locator(".projector [data-lit]")).to_be_visible()
    for stage in ("block1", "block6"):
        page.locator(f'.map[data-stage="{stage}"]').first.click()
        letters = page.locator(".lens-frame *").evaluate_all(
            """all => all.filter((one) => one.checkVisibility() && !one.closest('.said'))
                .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
                .map((one) => parseFloat(getComputedStyle(one).fontSize))"""
        )
        assert len(letters) > 40
        assert min(letters) >= 28
        assert page.locator(".network").evaluate("one => one.scrollWidth - one.clientWidth") <= 0
        assert is_kept(page.evaluate(_HEIGHT), maps.place(projector=True))


@pytest.mark.parametrize("norms", [("bn",), ("ln", "gn"), ()])
def test_axe_finds_nothing_serious(picture: Open, norms: tuple[str, ...]) -> None:
    page, _ = picture(norms=norms)
    page.get_by_text("These numbers as a table").click()
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


def test_on_a_phone_every_target_is_large_enough_for_a_thumb(picture: Open) -> None:
    page, _ = picture(390)
    sizes = page.locator("button:visible, summary").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(({width, height}) => Math.min(width, height))"
    )
    assert min(sizes) >= 44
