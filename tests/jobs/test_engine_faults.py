from __future__ import annotations

import pytest

from jobs.engine_faults import told_fault

TRACEBACK = """Traceback (most recent call last):
  File "sdk_worker.py", line 310, in _execute
    response = task()
{}
"""


def test_an_error_of_ours_is_told_by_its_message_alone() -> None:
    raised = "corpusflow.errors.RunError: 1 of 3 documents failed [while running 'Finish run-ptransform-12']"
    later = "RuntimeError: the pipeline failed"
    assert told_fault(TRACEBACK.format(raised)) == "1 of 3 documents failed"
    assert told_fault(TRACEBACK.format(f"{raised}\n\nDuring handling of it:\n{later}")) == "1 of 3 documents failed"


def test_an_error_of_somebody_else_is_told_with_its_kind() -> None:
    assert told_fault(TRACEBACK.format("ValueError: no such thing")) == "ValueError: no such thing"
    assert told_fault("java.lang.Exception: no slot") == "java.lang.Exception: no slot"


def test_workers_that_do_not_see_the_run_directory_are_told_apart_from_other_missing_files() -> None:
    missing = "FileNotFoundError: [Errno 2] No such file or directory: '{}' [while running 'Read parts']"
    said = told_fault(TRACEBACK.format(missing.format("/data/run/plan/parts.jsonl")))
    assert "the workers do not see the run directory" in said
    assert told_fault(TRACEBACK.format(missing.format("/data/else"))).startswith("FileNotFoundError: ")


@pytest.mark.parametrize("sign", ["Channel closed prematurely", "StatusCode.UNAVAILABLE"])
def test_a_lost_worker_is_told_with_the_way_out(sign: str) -> None:
    assert told_fault(TRACEBACK.format(f"RuntimeError: {sign}.")).endswith("run again to go on")


def test_an_engine_that_says_nothing_is_told_as_that() -> None:
    assert told_fault("\n") == "the engine does not say why"
