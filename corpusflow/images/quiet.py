"""Pillow without its warnings, from many threads."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_depth = 0
_filters: warnings.catch_warnings[None] | None = None


@contextmanager
def pillow_warnings_ignored() -> Iterator[None]:
    """Ignores Pillow's warnings (of large images, odd metadata, missing codecs) while any thread is inside.

    `warnings.catch_warnings` alone is not safe with threads: the one that leaves last would put back the filters that
    it found, which are those of another thread inside. So the first to enter ignores and the last to leave restores.
    """
    global _depth, _filters
    with _lock:
        _depth += 1
        if _depth == 1:
            _filters = warnings.catch_warnings()
            _filters.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\b")
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0 and _filters is not None:
                _filters.__exit__(None, None, None)
                _filters = None
