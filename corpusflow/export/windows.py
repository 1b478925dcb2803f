"""Windows of a sample: so many tokens of its text, with the images that stand among them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from corpusflow.export.pieces import pieces
from corpusflow.export.placement import ImagePart, Part, TextPart, bound_text
from corpusflow.export.tokens import Tokens
from corpusflow.text.sentences import sentence_spans


class View(NamedTuple):
    """The parts of a sample that stand in an exported one, and the tokens of their text."""

    parts: tuple[Part, ...]
    tokens: int


class Measured:
    """The parts of a sample with the pieces of each, none for an image. Pieces are numbered over all texts.

    Images take no tokens. One is in the window that has the text it is bound to, at the side where it stands.
    """

    def __init__(self, parts: Sequence[Part], texts: Sequence[str], tokens: Tokens) -> None:
        """texts: of the sample."""
        self.parts = parts
        self.texts = texts
        self.pieces = []
        for part in parts:
            text = texts[part.text][part.start : part.end] if isinstance(part, TextPart) else ""
            self.pieces.append(pieces(text, tokens.spans(text), part.start) if isinstance(part, TextPart) else [])
        self._firsts = list(accumulate(map(len, self.pieces), initial=0))
        self._ahead = list(accumulate((piece.tokens for found in self.pieces for piece in found), initial=0))
        self._images = {
            place: self._bound_piece(place) for place, part in enumerate(parts) if isinstance(part, ImagePart)
        }
        self._shown = sorted(self._images.values())

    @property
    def tokens(self) -> int:
        return self._ahead[-1]

    def whole(self) -> View:
        return View(tuple(self.parts), self.tokens)

    def window(self, begin: int, most: int) -> View:
        """At most `most` tokens from piece `begin` on; a single character of more tokens is a window of its own."""
        end = self._end(begin, most)
        parts: list[Part] = []
        for place, (part, found) in enumerate(zip(self.parts, self.pieces, strict=True)):
            if isinstance(part, ImagePart):
                if begin <= self._images[place] < end:
                    parts.append(part)
                continue
            first, last = max(begin - self._firsts[place], 0), min(end - self._firsts[place], len(found))
            if first < last:
                start = part.start if first == 0 else found[first].start
                parts.append(TextPart(part.text, start, part.end if last == len(found) else found[last - 1].end))
        return View(tuple(parts), self._ahead[min(end, self._firsts[-1])] - self._ahead[begin])

    def consecutive_begins(self, most: int) -> list[int]:
        """Of windows to the end, each where the one before ends."""
        begins = [0]
        while (end := self._end(begins[-1], most)) < self._firsts[-1]:
            begins.append(end)
        return begins

    def random_begin(self, languages: Sequence[str], most: int, number: int) -> int:
        """A begin of a text or sentence, of those whose windows are full and have an image; where there is none, the
        first whose window has an image, and where that is missing, too, 0.

        M3W draws any token. But a window that begins within a sentence, or is short for beginning near the end, is
        worse; and one without an image is left out, so that to draw among the others shows more documents, and of each
        document the same windows. languages: of the sample's texts. number: draws it.
        """
        shows = [begin for begin in self._sentence_begins(languages) if self._has_image(begin, most)]
        full = [begin for begin in shows if self.tokens - self._ahead[begin] >= most]
        drawn = full or shows[:1] or [0]
        return drawn[number % len(drawn)]

    def _end(self, begin: int, most: int) -> int:
        return max(bisect_right(self._ahead, self._ahead[begin] + most) - 1, begin + 1)

    def _has_image(self, begin: int, most: int) -> bool:
        first = bisect_left(self._shown, begin)
        return first < len(self._shown) and self._shown[first] < self._end(begin, most)

    def _bound_piece(self, place: int) -> int:
        """The piece next to an image, of the text that it is bound to."""
        text = bound_text(self.parts, place)
        if text is None:
            return 0
        return self._firsts[text] if text > place else self._firsts[text + 1] - 1

    def _sentence_begins(self, languages: Sequence[str]) -> list[int]:
        begins: list[int] = []
        for part, found, first in zip(self.parts, self.pieces, self._firsts, strict=False):
            if not isinstance(part, TextPart):
                continue
            spans = sentence_spans(self.texts[part.text][part.start : part.end], languages[part.text])
            starts = [part.start + start for start, _ in spans]
            ends = [part.start, *(piece.end for piece in found)]
            for number, piece in enumerate(found):
                # A sentence may begin with marks that are no token.
                next_start = bisect_left(starts, ends[number])
                if number == 0 or (next_start < len(starts) and starts[next_start] <= piece.start):
                    begins.append(first + number)
        return begins
