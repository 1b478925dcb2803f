"""Names that are not known, told with the nearest one that is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown_key(key: str, known: Iterable[str]) -> str:
    return f"has no '{key}'{nearest(key, known)}"


def nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; there are: {', '.join(names) or 'none'}"
