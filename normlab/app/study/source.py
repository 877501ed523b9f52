"""The results that the page speaks of, computed once for all sessions while no run is added."""

from collections.abc import Sequence

import streamlit as st

from normlab.app.shell import cached
from normlab.store import sha256
from normlab.study.claims.expectations import Result, compare
from normlab.study.claims.expected import EXPECTATIONS
from normlab.study.claims.judging import carried, judge
from normlab.study.claims.statements import CLAIMS, Verdict
from normlab.study.results.measured import Results, of_store
from normlab.study.results.result_files import RESULTS


def results() -> Results:
    return _results(_stamp())


def verdicts() -> Sequence[tuple[Verdict, Sequence[Verdict]]]:
    """Every claim judged on the study's recipe, and what the other parts say."""
    return _verdicts(_stamp())


def predictions() -> Sequence[Result]:
    """Every expectation with what came out."""
    return _predictions(_stamp())


@st.cache_resource(ttl=20, show_spinner=False)
def _stamp() -> str:
    """Changes with every run that finishes and with every result file; as it was at most 20 seconds ago."""
    store = cached.store()
    names = sorted(run.record.attempt for run in store.list() if run.record is not None)
    files = sorted((store.shipped / RESULTS).rglob("*.json")) if store.shipped else []
    told = [*names, *(f"{path.name} {path.stat().st_mtime_ns}" for path in files)]
    return sha256("\n".join(told).encode())


@st.cache_resource(max_entries=2, show_spinner=False)
def _results(of: str) -> Results:
    store = cached.store()
    return of_store(store.list(), cached.ended, store.shipped)


@st.cache_resource(max_entries=2, show_spinner="Judging the study's claims")
def _verdicts(of: str) -> Sequence[tuple[Verdict, Sequence[Verdict]]]:
    found = _results(of)
    return [(judge(claim, found), carried(claim, found)) for claim in CLAIMS]


@st.cache_resource(max_entries=2, show_spinner="Holding the predictions against the results")
def _predictions(of: str) -> Sequence[Result]:
    found = _results(of)
    return [compare(expectation, found) for expectation in EXPECTATIONS]
