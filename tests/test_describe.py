"""The architecture as data: the study's counts and shapes."""

from dataclasses import replace

import pytest

from normlab.choices import DropoutPlace, Norm, Widths
from normlab.config import ModelConfig, RunConfig
from normlab.describe import blocks, forgets_the_image, layer_table, norm_parameters, parameter_count, tensor_shapes
from normlab.settings import changed
from normlab.titles import title


@pytest.mark.parametrize(
    ("norms", "exact", "count"),
    [
        ((), True, 9_786),
        ((), False, 9_889),
        ((Norm.BN,), False, 9_958),
        ((Norm.LN,), False, 9_958),
        ((Norm.GN,), False, 9_958),
        ((Norm.IN,), False, 9_958),
        ((Norm.BN, Norm.GN), False, 10_130),
        ((Norm.BN, Norm.LN, Norm.GN), False, 10_302),
    ],
)
def test_parameter_counts_are_the_studys(norms: tuple[Norm, ...], exact: bool, count: int) -> None:
    assert parameter_count(ModelConfig(norms=norms, study_exact=exact)) == count


def test_shapes_follow_the_study_from_28_to_1() -> None:
    shapes = {row.name: row.shape for row in layer_table(ModelConfig())}
    assert shapes["block1.conv"] == (6, 26, 26)
    assert shapes["transition"] == (7, 24, 24)
    assert shapes["pool"] == (7, 12, 12)
    assert shapes["block6.bn"] == (18, 6, 6)
    assert shapes["average"] == (18, 1, 1)
    assert shapes["output"] == (10, 1, 1)


def test_dropout_stands_before_or_after_the_norms_or_nowhere() -> None:
    model = ModelConfig(norms=(Norm.BN, Norm.LN))
    for steps, settings in (
        (("dropout", "bn", "ln"), {}),
        (("bn", "ln", "dropout"), {"dropout_place": DropoutPlace.AFTER_NORM}),
        (("bn", "ln"), {"dropout": 0.0}),
    ):
        assert {block.steps for block in blocks(replace(model, **settings))} == {steps}  # type: ignore[arg-type]


def test_a_block_without_a_norm_lacks_nothing_else() -> None:
    model = ModelConfig()
    but_last = replace(model, norm_blocks=model.norm_blocks[:-1])
    assert [bool(block.norms) for block in blocks(but_last)] == [True] * 5 + [False]
    assert blocks(but_last)[-1].steps == ("dropout",)
    gone = {name for name in tensor_shapes(model) if name not in tensor_shapes(but_last)}
    assert gone == {f"block6.bn.{part}" for part in ("weight", "bias", "running_mean", "running_var")}
    assert parameter_count(model) - parameter_count(but_last) == 36
    assert norm_parameters(but_last) == {"block1": 12, "block2": 24, "block3": 32, "block4": 32, "block5": 36}
    assert sum(norm_parameters(model).values()) == 172


def test_only_the_last_blocks_norm_can_make_a_network_forget_the_image() -> None:
    model = ModelConfig(norms=(Norm.IN,))
    assert forgets_the_image(model)
    assert not forgets_the_image(replace(model, norm_blocks=model.norm_blocks[:-1]))
    assert forgets_the_image(replace(model, norm_blocks=model.norm_blocks[-1:]))


def test_even_widths_have_about_as_many_parameters() -> None:
    assert 9_000 < parameter_count(ModelConfig(widths=Widths.EVEN)) < 11_000


def test_a_title_names_what_was_chosen() -> None:
    config = changed(RunConfig(), {"norms": ("bn", "gn"), "l1": 0.001, "seed": 3})
    assert title(config) == "BN + GN(2) · dropout 0.05 · L1 0.001 · digits · seed 3"
    assert title(changed(RunConfig(), {"norms": (), "dropout": 0.0})) == "no norm · digits · seed 0"
    held = changed(RunConfig(), {"weight_norms": 0.5, "init_scale": 10, "conv_lr_scale": 100, "norm_blocks": (1, 6)})
    assert title(held) == (
        "BN · dropout 0.05 · digits · norm in blocks 1+6 · initial weights × 10 · convolutions' learning rate × 100 · "
        "held weight lengths × 0.5 · seed 0"
    )
    assert title(changed(RunConfig(), {"trainable": "head"})) == "BN · dropout 0.05 · digits · trains head · seed 0"
