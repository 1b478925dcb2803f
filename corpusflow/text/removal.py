"""Stretches taken out of a text, and the gaps closed that they leave."""

from __future__ import annotations

from collections.abc import Iterable

# Written without a space before them.
_CLOSING = tuple(
    ".,;:!?)]}\u2026\u201d\u00bb\u3002\uff0c\u3001\uff01\uff1f\uff1b\uff1a\uff09\u300d\u300f\u3011\u0964\u06d4\u060c\u061f"
)


def without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text less these stretches, which are in order and apart. Where white space stood on both sides one space is
    left, or one line break; none at the ends of the text."""
    pieces: list[str] = []
    gap, done = "", 0
    for start, end in (*spans, (len(text), len(text))):
        piece = text[done:start]
        done = end
        kept = piece.strip()
        if not kept:
            gap += piece
            continue
        if pieces:
            pieces.append(_between(gap + piece[: len(piece) - len(piece.lstrip())], kept))
        pieces.append(kept)
        gap = piece[len(piece.rstrip()) :]
    return "".join(pieces)


def _between(gap: str, after: str) -> str:
    if "\n" in gap:
        return "\n"
    return " " if gap and not after.startswith(_CLOSING) else ""
