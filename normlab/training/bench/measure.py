"""Runs the cases: what is compared takes turns, round by round, so that all of it meets the same machine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from normlab import cores
from normlab.choices import Dataset
from normlab.config import RunConfig
from normlab.crew import crew
from normlab.presets import with_recipe
from normlab.settings import changed
from normlab.training.bench import cases, outside, shares, step
from normlab.training.bench.cases import Extent
from normlab.training.bench.loops import THREADS, Crew, Normlab, Plain, Strong, crews, steps_seconds
from normlab.training.bench.report import Growth, Kind, Report, Row
from normlab.training.bench.timing import Loop, epoch_seconds, fastest, seconds_until
from normlab.training.machine import machine, processor, versions

Tell = Callable[[str], None]
Side = Callable[[int], float]
"""The seconds of one thing in a round, whose number is given."""

_WARM_UP = cases.BN.config(1_000)
_LONE = f"{THREADS} processes of one thread each, on all sides"


def measure(*, quick: bool, tell: Tell) -> Report:
    """The whole table; `quick` takes fewer images and rounds, and no sweep, time to an accuracy and growth."""
    extent = cases.QUICK if quick else cases.WHOLE
    date, kind = datetime.now(UTC).date().isoformat(), processor().split()[0]
    report = Report(machine(), kind, cores.available(), dict(versions()), date, extent.images or 60_000)
    tell("the best way to run both loops")
    plain, strong = _best(extent)
    report.rows += epochs(plain, strong, extent, tell)
    if not quick:
        tell("sweep")
        report.rows += sweep(plain, strong, extent.rounds)
    tell("runs on digits")
    report.rows += whole_processes(extent)
    tell("batches of 512, and bn_modes")
    report.rows += own_costs(extent)
    tell("where the time goes")
    report.shares = [shares.shares("digits", RunConfig()), shares.shares("MNIST", cases.BN.config(extent.images))]
    report.steps = [step.step("digits, BN, 32 images", RunConfig())]
    report.steps += [step.step("MNIST, BN, 128 images", cases.BN.config(cases.MODES_IMAGES))]
    report.matrix_gflops, report.peak_gflops = step.matrix_gflops(), step.peak_gflops()
    if not quick:
        report.rows += to_accuracy(plain, tell)
        tell("growth")
        report.growth = growth()
    return report


def alternating(rounds: int, *sides: Side) -> list[list[float]]:
    """What each side takes, round by round."""
    found: list[list[float]] = [[] for _ in sides]
    for number in range(rounds):
        for seconds, side in zip(found, sides, strict=True):
            seconds.append(side(number))
    return found


def _best(extent: Extent) -> tuple[Plain, Strong]:
    """The number of loading processes with which the plain loop is fastest; the strong one's threads and layout."""
    trial = cases.BN.config(extent.trial_images)
    plain = [Plain(workers=workers) for workers in range(3)]
    strong = [Strong(threads, channels_last=last) for threads in {1, THREADS} for last in (False, True)]
    with crew(1) as process:
        best_plain = process.submit(fastest, plain, trial).result()
    with crew(1) as process:
        return best_plain, process.submit(fastest, strong, trial).result()


def epochs(plain: Plain, strong: Strong, extent: Extent, tell: Tell) -> list[Row]:
    """An epoch of each case, against both loops."""
    rows = []
    with crews([plain, strong, Normlab()], _WARM_UP) as (plain_crew, strong_crew, own_crew):
        notes = [f"Plain loop: {plain_crew.text}", f"Strong loop: {strong_crew.text}"]
        for case in (*cases.EPOCHS, *extent.more):
            tell(case.name)
            config = case.config(extent.images)
            sides = [_asking(each, config) for each in (plain_crew, strong_crew, own_crew)]
            theirs, strongs, ours = alternating(extent.rounds, *sides)
            goals = (None, None) if case in extent.more else (cases.PLAIN, cases.STRONG)
            rows.append(Row(case.name, Kind.FASTER, ours, theirs, cases.PLAIN_LOOP, goals[0], notes[0]))
            rows.append(Row(case.name, Kind.FASTER, ours, strongs, cases.STRONG_LOOP, goals[1], notes[1]))
    return rows


def _asking(each: Crew, config: RunConfig) -> Side:
    return lambda number: each.ask(epoch_seconds, config)


def sweep(plain: Plain, strong: Strong, rounds: int) -> list[Row]:
    """Whole runs, side by side on one thread each, as the engine trains a sweep: by all three loops."""
    configs = [cases.BN.config(epochs=cases.SWEEP_EPOCHS, seed=seed) for seed in range(cases.SWEEP_RUNS)]
    loops: list[Loop] = [replace(plain, threads=1, workers=0), replace(strong, threads=1), Normlab(threads=1)]
    with crews(loops, _WARM_UP, processes=THREADS) as found:
        theirs, strongs, ours = alternating(
            rounds, *(lambda number, each=each: each.seconds(configs) for each in found)
        )
    name, note = f"sweep of {len(configs)} runs of {cases.SWEEP_EPOCHS} epochs", f"Sweep: {_LONE}"
    return [
        Row(name, Kind.FASTER, ours, theirs, cases.PLAIN_LOOP, cases.SWEEP_PLAIN, note),
        Row(name, Kind.FASTER, ours, strongs, cases.STRONG_LOOP, cases.SWEEP_STRONG, note),
    ]


def whole_processes(extent: Extent) -> list[Row]:
    """What somebody waits for: a run of the page, a command, a first start."""
    with outside.worker() as seconds_of:
        seconds_of(changed(RunConfig(), {"seed": extent.short_rounds}))
        runs = [seconds_of(changed(RunConfig(), {"seed": seed})) for seed in range(extent.short_rounds)]
    commands = [outside.command_seconds() for _ in range(extent.short_rounds)]
    cold, warm = zip(*(outside.first_step_seconds() for _ in range(extent.starts)), strict=True)
    former = f"Default run: {cases.FORMER_DIGITS:g} s with the former kernels; the goals are 55 % and 40 % of that"
    start = (
        f"First step: a page compiles from its start on; who presses Train {cases.HEAD_START:g} s later waits the rest"
    )
    return [
        Row("default run on digits, warm worker", Kind.SECONDS, runs, goal=cases.DIGITS, note=former),
        Row("`normlab train` on digits, 15 epochs", Kind.SECONDS, commands, goal=cases.COMMAND),
        Row("first step, nothing compiled yet", Kind.MORE, cold, warm, "all compiled", cases.COLD, start),
    ]


def own_costs(extent: Extent) -> list[Row]:
    """What settings cost beside others: large batches, BatchNorm's modes."""
    small, large = (
        changed(cases.BN.config(cases.BATCH_IMAGES), {"batch_size": size})
        for size in (cases.SMALL_BATCH, cases.LARGE_BATCH)
    )
    without = cases.BN.config(cases.MODES_IMAGES, epochs=extent.mode_epochs)
    with_modes = changed(without, {"bn_modes": True})
    with crews([Normlab()], _WARM_UP) as (own,):
        large_ones, small_ones = alternating(
            extent.short_rounds,
            lambda number: own.ask(steps_seconds, large),
            lambda number: own.ask(steps_seconds, small),
        )
        modes, no_modes = alternating(
            extent.rounds,
            lambda number: own.seconds([with_modes]),
            lambda number: own.seconds([without]),
        )
    return [
        Row(
            f"training steps with batches of {cases.LARGE_BATCH}",
            Kind.LONGER,
            large_ones,
            small_ones,
            f"batches of {cases.SMALL_BATCH}",
            cases.BATCH,
            f"Batches: the steps of {cases.BATCH_IMAGES:,} images of MNIST, without an epoch's end",
        ),
        Row(
            cases.MODES_NAME,
            Kind.LONGER,
            modes,
            no_modes,
            "without",
            cases.MODES,
            f"bn_modes: {extent.mode_epochs} epochs",
        ),
    ]


def to_accuracy(plain: Plain, tell: Tell) -> list[Row]:
    """Seconds until a test pass first reaches 99.0 %. The same recipe in both loops tells what the code does, both
    recipes in normlab what a better recipe does."""
    recipe = with_recipe(RunConfig(), Dataset.MNIST)

    def study(seed: int) -> RunConfig:
        return cases.BN.config(epochs=25, seed=seed)

    with crews([plain, Normlab()], _WARM_UP) as (plain_crew, own):
        tell("to 99.0 %")
        theirs, ours, ours_by_recipe = alternating(
            cases.ACCURACY_SEEDS,
            lambda seed: plain_crew.ask(seconds_until, study(seed)),
            lambda seed: own.ask(seconds_until, study(seed)),
            lambda seed: own.ask(seconds_until, changed(recipe, {"seed": seed})),
        )
    name, note = "MNIST to 99.0 %", f"To 99.0 %: {cases.ACCURACY_SEEDS} seeds; ∞ is never"
    return [
        Row(name, Kind.FASTER, ours_by_recipe, theirs, "plain loop, the study's recipe", cases.ACCURACY, note),
        Row(f"{name}: the code's part", Kind.FASTER, ours, theirs, "plain loop, both with the study's recipe"),
        Row(f"{name}: the recipe's part", Kind.FASTER, ours_by_recipe, ours, "normlab with the study's recipe"),
    ]


def growth() -> list[Growth]:
    """How an epoch's seconds grow with images, batch size and widths, and those of several runs with their number."""
    found = []
    with crews([Normlab()], _WARM_UP) as (own,):
        for what, values in cases.GROWTH.items():
            for settings in values:
                config = changed(cases.BN.config(cases.GROWTH_IMAGES), settings)
                value = str(next(iter(settings.values())) or 60_000)
                found.append(Growth(what, value, [own.ask(epoch_seconds, config) for _ in range(cases.GROWTH_ROUNDS)]))
    with crews([Normlab(threads=1)], _WARM_UP, processes=THREADS) as (pair,):
        for runs in cases.GROWTH_RUNS:
            configs = [cases.BN.config(cases.GROWTH_IMAGES, seed=seed) for seed in range(runs)]
            found.append(
                Growth("runs side by side", str(runs), [pair.seconds(configs) for _ in range(cases.GROWTH_ROUNDS)])
            )
    return found
