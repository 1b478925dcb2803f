from __future__ import annotations

import math

import pytest

from corpusflow.decision import Decision, Failure, Measured, decision_row, failure_row
from corpusflow.inspect.reason import reason_text


@pytest.mark.parametrize(
    ("measured", "limit", "text"),
    [
        (16, 150, "dropped: f/r measured 16, limit 150"),
        (12345678, 0.5, "dropped: f/r measured 12,345,678, limit 0.5"),
        (2, 2.0, "dropped: f/r measured 2, limit 2"),
        (0.123456, 0.2, "dropped: f/r measured 0.1235, limit 0.2"),
        (math.nan, 0.2, "dropped: f/r measured nan, limit 0.2"),
        ("fr", "en, de", "dropped: f/r fr, limit en, de"),
        (3, None, "dropped: f/r measured 3"),
        ("fr", None, "dropped: f/r fr"),
        (None, 3, "dropped: f/r limit 3"),
        (None, None, "dropped: f/r"),
    ],
)
def test_the_figures_of_a_decision_are_told(measured: Measured, limit: Measured, text: str) -> None:
    decision = Decision("f", "r", None, measured, limit)
    assert reason_text(decision_row(decision, stage="judge", block="b", document="d", unit="document")) == text


def test_a_failure_tells_its_stage_code_and_message() -> None:
    failure = Failure("fetch", "timeout", "after 20 s", "https://a.example")
    assert reason_text(failure_row(failure, block="b")) == "failed: fetch/timeout: after 20 s"
    noted = Failure("load", "length_wrong", "", "a.warc", lost=False)
    assert reason_text(failure_row(noted, block="b")) == "noted: load/length_wrong"
