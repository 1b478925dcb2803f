"""Windows of a sample: so many tokens of its text, with the images that stand among them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from corpusflow.export.parts import ImagePart, Part, TextPart, bound_text
from corpusflow.export.tokens import Piece, Tokens, pieces


class View(NamedTuple):
    """The parts of a sample that stand in an exported one, and the tokens of their text."""

    parts: tuple[Part, ...]
    tokens: int


class Measured(NamedTuple):
    """Parts with the pieces of each, none for an image."""

    parts: list[Part]
    pieces: list[list[Piece]]

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for found in self.pieces for piece in found)


def measured(parts: list[Part], texts: Sequence[str], tokens: Tokens) -> Measured:
    """texts: of the sample."""
    found = []
    for part in parts:
        if isinstance(part, TextPart):
            text = texts[part.text][part.start : part.end]
            found.append(pieces(text, tokens.spans(text), part.start))
        else:
            found.append([])
    return Measured(parts, found)


def cut_windows(whole: Measured, most: int, begin: int = 0, go_on: bool = False) -> list[View]:
    """The window of at most `most` tokens that begins with a piece, and with go_on those that follow it, each where
    the one before ends. A single character of more tokens than that is a window of its own.

    Images take no tokens. One is in the window that has the text it is bound to, at the side where it stands.
    """
    weights = [piece.tokens for found in whole.pieces for piece in found]
    if not weights:
        return [View(tuple(whole.parts), 0)]
    views = []
    while begin < len(weights):
        end = _end(weights, begin, most)
        views.append(View(_between(whole, begin, end), sum(weights[begin:end])))
        if not go_on:
            break
        begin = end
    return views


def _end(weights: Sequence[int], begin: int, most: int) -> int:
    end, tokens = begin + 1, weights[begin]
    while end < len(weights) and tokens + weights[end] <= most:
        tokens += weights[end]
        end += 1
    return end


def _between(whole: Measured, begin: int, end: int) -> tuple[Part, ...]:
    """The parts from piece `begin` to before piece `end`, counted over all texts."""
    firsts = list(accumulate((len(found) for found in whole.pieces), initial=0))
    parts: list[Part] = []
    for place, (part, found) in enumerate(zip(whole.parts, whole.pieces, strict=True)):
        if isinstance(part, ImagePart):
            if begin <= _bound_piece(whole, firsts, place) < end:
                parts.append(part)
            continue
        first, last = max(begin - firsts[place], 0), min(end - firsts[place], len(found))
        if first < last:
            start = part.start if first == 0 else found[first].start
            parts.append(TextPart(part.text, start, part.end if last == len(found) else found[last - 1].end))
    return tuple(parts)


def _bound_piece(whole: Measured, firsts: Sequence[int], place: int) -> int:
    """The piece next to an image, of the text that it is bound to."""
    text = bound_text(whole.parts, place)
    if text is None:
        return 0
    return firsts[text] if text > place else firsts[text + 1] - 1
