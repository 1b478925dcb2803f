from __future__ import annotations

import io

from jobs.cause import cause_of
from jobs.worker import ForgivingLog

SENT = """Error processing instruction 7. Original traceback is
Traceback (most recent call last):
  File "a.py", line 1, in write
OSError: [Errno 28] No space left on device

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "b.py", line 2, in process
    raise it
{} [while running 'Screen/Screen documents']

"""


def test_what_a_worker_sends_is_told_in_one_line() -> None:
    sent = SENT.format("corpusflow.errors.StorageError: a.parquet cannot be written: full; make room")
    assert cause_of(RuntimeError(sent)) == "a.parquet cannot be written: full; make room"


def test_a_defect_is_told_with_all_that_is_known() -> None:
    sent = SENT.replace("OSError: [Errno 28]", "KeyError:").format("ValueError: odd")
    told = cause_of(RuntimeError(sent))
    assert told.startswith("ValueError: odd\n")
    assert sent in told


def test_an_error_of_this_process_loses_the_name_of_the_step() -> None:
    assert cause_of(ValueError("odd [while running 'Load/Load parts']")) == "odd"


def test_a_log_that_is_full_loses_what_it_cannot_take() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    assert ForgivingLog(Full()).write("a traceback") == 11
    kept = io.StringIO()
    ForgivingLog(kept).write("said")
    assert kept.getvalue() == "said"
