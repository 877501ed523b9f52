"""`normlab stress`: a stored network where it was not trained to be."""

import argparse
from collections.abc import Sequence
from statistics import fmean

from normlab.cli.common import Mistake, add_json, find, percent, print_json, print_table, whole
from normlab.cli.options import add_setting, given
from normlab.identity import run_id
from normlab.record import Score
from normlab.store import Run, Store
from normlab.stresses import SETTINGS, Composition, Outcome, Stress, apply, changed, table, to_query
from normlab.titles import title

DESCRIPTION = (
    "Put a stored network where it was not trained to be, and say what it answers there: fog, other brightness, scaled "
    "weights, other statistics, other images in its batch, dropout left on. Nothing is trained. All of digits' 800 "
    "test images are asked about, of larger data sets always the same 800. With --table instead of RUN, what a pilot "
    "saw with five seeds is measured again; what is not here is trained for it: about 100 runs of seconds."
)
_MOST_EPOCHS = 200


def add_options(options: argparse.ArgumentParser) -> None:
    options.add_argument(
        "run_id", nargs="?", metavar="RUN", help="the run's id, or as much of its beginning as is unique"
    )
    options.add_argument(
        "--epoch", type=whole(0, _MOST_EPOCHS), metavar="N", help="the network after this epoch; without it, the last"
    )
    options.add_argument("--table", action="store_true", help="instead: measure again what a pilot saw")
    add_json(options)
    group = options.add_argument_group("what is done to the network and its images")
    for setting in SETTINGS.values():
        add_setting(group, setting)


def run(chosen: argparse.Namespace) -> int:
    stress = changed(Stress(), given(chosen, SETTINGS))
    store = Store.open()
    if chosen.table:
        if chosen.run_id or chosen.epoch is not None or stress != Stress():
            raise Mistake("--table measures all of it by itself: leave the run and its settings away.")
        return _table(store, as_json=chosen.json)
    if chosen.run_id is None:
        raise Mistake("Name the run whose network is meant: `normlab list` shows them all.")
    found = _stored(store, find(store, chosen.run_id).run_id)
    stress.require(found.config.model)
    outcome = apply(found, stress, chosen.epoch)
    before = apply(found, Stress(), chosen.epoch).on(outcome.images)
    print_json(_as_json(found, stress, outcome, before)) if chosen.json else _print(found, stress, outcome, before)
    return 0


def _as_json(found: Run, stress: Stress, outcome: Outcome, before: Outcome) -> dict[str, object]:
    def score(value: Score) -> dict[str, float]:
        return {"loss": value.loss, "accuracy": value.accuracy}

    single = {
        "number": stress.image,
        "place": int(outcome.sample.places[stress.image]),
        "label": int(outcome.labels[0]),
        "answer_as_trained": int(before.answers[0]),
        "answer": int(outcome.answers[0]),
        "probabilities": outcome.probabilities[0].tolist(),
    }
    return {
        "run_id": found.run_id,
        "title": title(found.config),
        "epoch": outcome.epoch,
        "stress": {name: getattr(stress, name) for name in SETTINGS},
        "images": len(outcome.images),
        "sample": outcome.sample.title,
        "as_trained": score(before.score),
        "stressed": score(outcome.score),
        "changed": outcome.changed_from(before),
        "image": single if stress.composition is Composition.AMONG else None,
    }


def _print(found: Run, stress: Stress, outcome: Outcome, before: Outcome) -> None:
    print(f"{title(found.config)}\nrun {found.run_id}, after epoch {outcome.epoch}, {outcome.sample.title}")
    changes = ", ".join(f"{name}={value}" for name, value in to_query(stress).items())
    print(f"what is done: {changes or 'nothing'}\n")
    rows = [
        (name, percent(one.score.accuracy), f"{one.score.loss:.4f}")
        for name, one in (("as trained", before), ("stressed", outcome))
    ]
    print_table(("", "test accuracy", "test loss"), rows)
    print(f"\n{outcome.changed_from(before)} of {len(outcome.images)} answers changed.")
    if stress.composition is Composition.AMONG:
        labels = found.config.data.dataset.spec.labels
        was, now, right = (labels[int(of[0])] for of in (before.answers, outcome.answers, outcome.labels))
        sure = percent(float(outcome.probabilities[0].max()))
        print(f"Image {stress.image}, a {right}: as trained the answer is {was}, among these neighbors {now} ({sure}).")


def _table(store: Store, *, as_json: bool) -> int:
    from normlab.cli.sweep import tell_failures, watched

    missing = [config for config in table.configs() if store.ended(run_id(config)) is None]
    failed = [outcome for outcome in (watched(missing, store) if missing else ()) if outcome.status is None]
    if failed:
        tell_failures(failed)
        return 1

    answers = table.answers(lambda config: _stored(store, run_id(config)))
    if as_json:
        print_json([_answer_as_json(answer) for answer in answers])
    else:
        print_table(("effect", "what", *(f"seed {seed}" for seed in table.SEEDS), "mean", "pilot", ""), _rows(answers))
    return 0


def _answer_as_json(answer: table.Answer) -> dict[str, object]:
    question = answer.question
    return {
        "effect": question.effect,
        "title": question.title,
        "pilot": question.pilot,
        "found": answer.found,
        "agrees": answer.agrees,
    }


def _rows(answers: Sequence[table.Answer]) -> list[tuple[str, ...]]:
    return [
        (
            str(answer.question.effect),
            answer.question.title,
            *(written(value) for value in answer.found),
            written(fmean(answer.found)),
            " ".join(written(value) for value in answer.question.pilot),
            "" if answer.agrees else "differs",
        )
        for answer in answers
        for written in [(f"{{:.{2 if answer.question.measure is table.Measure.TURN else 1}f}}").format]
    ]


def _stored(store: Store, name: str) -> Run:
    """Raises `Mistake` with the reason if it cannot be read."""
    found = store.read(name)
    if found is None:
        reason = next((aside.reason for aside in reversed(store.set_aside()) if name in aside.folder), "It is gone.")
        raise Mistake(f"The run {name} cannot be read: {reason}")
    return found
