"""What went wrong in a graph that ran here, in the words of who raised it: Beam wraps it, workers send a traceback."""

from __future__ import annotations

import re

from jobs.engine_faults import told_fault

TRACEBACK = "Traceback (most recent call last):"
_STEP = re.compile(r" \[while running '[^']*'\]")
# Errors that say all that a person can act on; of others the traceback is wanted, too.
_PLAIN = re.compile(r"^(corpusflow\.errors\.\w+: |(OSError|\w+Error): \[Errno \d+\] )", re.MULTILINE)


def cause_of(error: BaseException) -> str:
    """One line for what a person can act on; for defects of the program everything that is known."""
    text = str(error)
    if TRACEBACK not in text:
        return _STEP.sub("", text)
    told = told_fault(text)
    return told if _PLAIN.search(text) else f"{told}\n{text}"
