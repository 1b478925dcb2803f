"""Paragraphs that break off, without the sentence that has no end."""

from __future__ import annotations

from corpusflow.text.sentences import ends_a_sentence, split_sentences, written_without_marks

# A colon leads on to the list or the picture below; what ends in a bracket was finished before it.
_NO_BREAK = (":", ";", "\uff1a", "\uff1b", "\u061b", ")", "]", "\uff09", "\u3011")


def trimmed(text: str, language: str = "") -> tuple[str, int]:
    """The text less its last sentence where that ends in an ellipsis or in no mark, and 1; or 0 where nothing goes.

    It stays where what stands before it has no end either or is the shorter part (`Step 2. Find the`), where it leads
    on to what stands below it or ends in a bracket, and in Thai and Lao, whose sentences have no marks. language: as
    for `split_sentences`.
    """
    if ends_a_sentence(text) or text.rstrip().endswith(_NO_BREAK) or written_without_marks(text):
        return text, 0
    *before, last = split_sentences(text, language) or [""]
    if not before or not text.rstrip().endswith(last):
        return text, 0
    left = text.rstrip().removesuffix(last).rstrip()
    return (left, 1) if ends_a_sentence(left) and len(left) >= len(last) else (text, 0)
