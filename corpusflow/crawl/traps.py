"""URLs that a site makes up without end: links that add a folder to themselves, parameters in every order."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

MAX_URL = 2_000  # characters; browsers and search engines follow no longer ones
MAX_SEGMENTS = 20  # of a path
REPEATS = 3  # of the same segments one after the other: /a/b/a/b/a/b
MAX_VARIANTS = 200  # queries of one path


def trap(url: str) -> str | None:
    """Why a URL is not worth asking for: `url_too_long`, `path_too_deep`, `path_repeats`; None where it is."""
    if len(url) > MAX_URL:
        return "url_too_long"
    segments = [segment for segment in urlsplit(url).path.split("/") if segment]
    if len(segments) > MAX_SEGMENTS:
        return "path_too_deep"
    return "path_repeats" if _repeats(segments) else None


class QueryVariants:
    """How many queries of each path were asked for."""

    def __init__(self) -> None:
        self._known: Counter[str] = Counter()

    def add(self, url: str) -> bool:
        """Counts a URL that was not seen before; whether there are too many of its path now. Without a query: never."""
        path, mark, _ = url.partition("?")
        if not mark:
            return False
        self._known[path] += 1
        return self._known[path] > MAX_VARIANTS


def _repeats(segments: list[str]) -> bool:
    for size in range(1, len(segments) // REPEATS + 1):
        for start in range(len(segments) - size * REPEATS + 1):
            if segments[start : start + size] * REPEATS == segments[start : start + size * REPEATS]:
                return True
    return False
