"""Ctrl-C and SIGTERM during a run of the command line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

EXIT_INTERRUPTED = 130


@contextmanager
def interruptible(again: str) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the process and its workers, and say how to go on. again: the command that does."""

    def interrupt(number: int, frame: Any) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"\nStopped. What is committed stays; go on with:\n  {again}", err=True)
        # Beam's threads would go on with their block; nothing of it is committed.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(EXIT_INTERRUPTED)
    finally:
        signal.signal(signal.SIGTERM, before)
