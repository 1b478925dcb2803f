"""What an engine says of a job that failed, made plain: Beam gives a traceback of another machine as text."""

from __future__ import annotations

import re

from corpusflow.store.run_files import PARTS

_STEP = re.compile(r"\s*\[while running '[^']*'\]\s*$")
# The last line of a Python traceback: the exception's class and its message.
_RAISED = re.compile(r"^(?:\w+Error: )?(?P<kind>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)): (?P<message>.*)$")
_LOST = ("Channel closed prematurely", "Stream removed", "SDK harness", "StatusCode.UNAVAILABLE")


def told_fault(text: str) -> str:
    """One line that tells why a job failed. text: whatever the engine said of it."""
    raised = [found for line in text.splitlines() if (found := _RAISED.match(line.strip()))]
    own = [found for found in raised if found["kind"].startswith("corpusflow.")]
    if own:
        return _STEP.sub("", own[-1]["message"])
    if any(sign in text for sign in _LOST):
        return f"a worker was lost, perhaps for want of memory ({_last(text)}); run again to go on"
    if raised and raised[-1]["kind"] == "FileNotFoundError" and PARTS in raised[-1]["message"]:
        return (
            f"the workers do not see the run directory ({raised[-1]['message']}): --output must be gs://, s3:// or a "
            "folder of a file system that all machines share under the same name"
        )
    if raised:
        return _STEP.sub("", f"{raised[-1]['kind']}: {raised[-1]['message']}")
    return _last(text)


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _STEP.sub("", lines[-1]) if lines else "the engine does not say why"
