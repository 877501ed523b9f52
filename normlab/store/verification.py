"""Whether the files of an ended run can be trusted: everything in it agrees with everything else."""

from collections.abc import Mapping
from pathlib import Path

from normlab.config import RunConfig
from normlab.record import EpochEnd, RunRecord
from normlab.record_json import record_from_json
from normlab.store import events, tensors
from normlab.store.box import Box
from normlab.store.layout import (
    CONFIG,
    EVENTS,
    FORMAT,
    HASHED,
    RECORD,
    TENSORS,
    Damage,
    check_folder,
    check_version,
    config_of,
    parse_object,
    read_bytes,
    sha256,
)
from normlab.store.meaning import Plan
from normlab.store.run import Run, RunSummary


def summarize(box: Box, *, shipped: bool) -> RunSummary:
    """Record and configuration of an ended run, checked against each other and the place's name. Raises `Damage`."""
    box.check()
    record = _record(box)
    content = box.read(CONFIG)
    _check_hash(record, CONFIG, content)
    config = config_of(box.name, content)
    Plan.of(config).check_record(record)
    return RunSummary(box.name, config, record.status, shipped, record)


def verify(box: Box, *, shipped: bool) -> Run:
    """The whole run, after every file was checked. Raises `Damage`."""
    summary = summarize(box, shipped=shipped)
    record = summary.record
    assert record is not None, "an ended run has one"
    content, arrays = box.read(EVENTS), box.read(TENSORS)
    _check_hash(record, EVENTS, content)
    _check_hash(record, TENSORS, arrays)
    story = events.read(content, summary.config)
    _check_story(record, story)
    kept = tensors.check(arrays, summary.config, record.epochs)
    return Run(
        run_id=box.name,
        config=summary.config,
        status=record.status,
        shipped=shipped,
        started=story.started,
        steps=tuple(story.steps),
        epochs=tuple(story.epochs),
        ended=story.ended,
        record=record,
        box=box,
        kept=kept,
    )


def read_config(folder: Path) -> RunConfig:
    """The configuration of a run that has not ended. Raises `Damage`."""
    check_folder(folder)
    return config_of(folder.name, read_bytes(folder / CONFIG))


def accuracies(epochs: list[EpochEnd]) -> Mapping[str, float | None]:
    """What a record says of the last epoch; None where there is none."""
    last = epochs[-1] if epochs else None
    return {
        "train_accuracy": last.train_eval.accuracy if last else None,
        "validation_accuracy": last.validation.accuracy if last and last.validation else None,
        "test_accuracy": last.test.accuracy if last else None,
    }


def _record(box: Box) -> RunRecord:
    data = parse_object(RECORD, box.read(RECORD))
    check_version(RECORD, data, FORMAT)
    try:
        record = record_from_json(data)
    except ValueError as error:
        raise Damage(f"{RECORD} is no record ({error}).") from None
    if record.run_id != box.name:
        raise Damage(f"{RECORD} belongs to the run {record.run_id}, not to {box.name}.")
    if set(record.files) != set(HASHED):
        raise Damage(f"{RECORD} does not name exactly {', '.join(HASHED)}.")
    return record


def _check_hash(record: RunRecord, name: str, content: bytes) -> None:
    if sha256(content) != record.files[name]:
        raise Damage(f"{name} is not the file that was recorded (its SHA-256 differs).")


def _check_story(record: RunRecord, story: events.Story) -> None:
    if story.attempt != record.attempt:
        raise Damage(f"{EVENTS} ends with another attempt than {RECORD} names.")
    if story.started is None or story.ended is None or story.ended.status is not record.status:
        raise Damage(f"{EVENTS} does not end as {RECORD} says.")
    if len(story.epochs) != record.epochs:
        raise Damage(f"{EVENTS} has {len(story.epochs)} epochs where {RECORD} says {record.epochs}.")
    for name, value in accuracies(story.epochs).items():
        if value != getattr(record, name):
            raise Damage(f"{EVENTS} and {RECORD} disagree on the {name.replace('_', ' ')}.")
