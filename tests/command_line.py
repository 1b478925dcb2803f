"""A command as the console script runs it, in the test's own process."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout

import pytest

from corpusflow import cli


def call(*words: str, code: int = 0) -> str:
    """Its output and errors together. code: the exit code that it must have."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.setattr("sys.argv", ["corpusflow", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == code, said.getvalue()
    return said.getvalue()
