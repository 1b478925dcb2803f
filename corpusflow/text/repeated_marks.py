"""Runs of one mark that draw a line or cry out, collapsed."""

from __future__ import annotations

import re
from bisect import bisect_right

from corpusflow.text.urls import url_spans

LEAST = 4  # `...` is an ellipsis, `---` a dash, `!!!` still a word of the writer's

# Of three dots something is left to say; stars and other symbols are left out: five of them are not one.
_DOTS = ".\u00b7\u2022\u3002\u30fb\uff0e\uff65"
_OTHERS = (
    r"!?\-_=~*#+|/\\<>:;,'\"^&%@\u00a6\u2010-\u2015\u2026\u203e\u2043\u2212\u2500-\u257f"
    r"\u0964\u06d4\u060c\u061f\u3001\u301c\uff01\uff1f\uff0c\uff0a\uff1a\uff1b\uff1d\uff0d\uff3f\uff5c\uff5e\uffe3"
)
_RUN = re.compile(rf"([{_DOTS}{_OTHERS}])(?:\1{{{LEAST - 1},}}|(?: \1){{{LEAST - 1},}})")


def without_runs(text: str) -> tuple[str, int]:
    """The text with one mark for a run of LEAST or more of the same, three for a run of dots, and how many runs there
    were. Single spaces between all of the marks go too. A run inside a URL stays: it is part of the address."""
    runs = list(_RUN.finditer(text))
    if not runs:
        return text, 0
    addresses = list(url_spans(text))
    if addresses:
        runs = [run for run in runs if not _is_inside(run.start(), addresses)]
    pieces, done = [], 0
    for run in runs:
        mark = run[1]
        pieces += [text[done : run.start()], mark * 3 if mark in _DOTS else mark]
        done = run.end()
    return "".join([*pieces, text[done:]]), len(runs)


def _is_inside(place: int, spans: list[tuple[int, int]]) -> bool:
    before = bisect_right(spans, place, key=lambda span: span[0])
    return before > 0 and place < spans[before - 1][1]
