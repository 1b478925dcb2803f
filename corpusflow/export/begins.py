"""Where a random window begins."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from corpusflow.export.parts import TextPart
from corpusflow.export.windows import Measured
from corpusflow.text.sentences import sentence_spans


def sentence_begins(whole: Measured, texts: Sequence[str], languages: Sequence[str]) -> list[int]:
    """The pieces, counted over all texts, that begin a text or a sentence. texts, languages: of the sample."""
    begins: list[int] = []
    before = 0
    for part, found in zip(whole.parts, whole.pieces, strict=True):
        if isinstance(part, TextPart):
            spans = sentence_spans(texts[part.text][part.start : part.end], languages[part.text])
            starts = [part.start + start for start, _ in spans]
            ends = [part.start, *(piece.end for piece in found)]
            for number, piece in enumerate(found):
                # A sentence may begin with marks that are no token.
                next_start = bisect_left(starts, ends[number])
                if number == 0 or (next_start < len(starts) and starts[next_start] <= piece.start):
                    begins.append(before + number)
        before += len(found)
    return begins


def random_begin(whole: Measured, begins: Sequence[int], most: int, number: int) -> int:
    """One of these pieces, of those with a whole window of `most` tokens behind them, so that each window is full
    (M3W draws any token instead); 0 where there is none. number: draws it."""
    weights = [piece.tokens for found in whole.pieces for piece in found]
    behind = list(accumulate(reversed(weights)))[::-1]
    full = [begin for begin in begins if behind[begin] >= most]
    return full[number % len(full)] if full else 0
