"""A worker process of a run on this machine: Beam's own, printing into a log that may be full.

Beam prints an error before it answers with it. On a full disk the print fails, the answer never comes, and the run
would wait for it forever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TextIO

from corpusflow.workers import ended_well


class ForgivingLog:
    """A text file; what it cannot take is lost."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        self._try(self._file.write, text)
        return len(text)

    def flush(self) -> None:
        self._try(self._file.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def _try(self, function: Callable[..., Any], *words: str) -> None:
        try:
            function(*words)
        except OSError:
            # It cannot be told anywhere; what went wrong is answered to the run.
            return


def main() -> None:
    """The argument, where there is one, is the folder in which the process has said that it is there."""
    from apache_beam.runners.worker import sdk_worker_main

    sys.stdout, sys.stderr = ForgivingLog(sys.stdout), ForgivingLog(sys.stderr)
    sdk_worker_main.main(sys.argv)
    for progress in sys.argv[1:]:
        ended_well(progress)


if __name__ == "__main__":
    main()
