"""How much of a document is in which language, by the languages of its segments."""

from __future__ import annotations

from collections import Counter

from corpusflow.document import Document, TextSegment
from corpusflow.text.letters import letters


def language_shares(document: Document) -> dict[str, float]:
    """Share of letters by language, largest first, over the texts whose own language was told; equal shares by the
    code's alphabet. Empty where no text has one. What filters dropped does not count any more.
    """
    counted: Counter[str] = Counter()
    texts = {segment.index: segment for segment in document.segments if isinstance(segment, TextSegment)}
    for score in document.scores:
        if score.segment in texts and score.name.startswith("language/") and score.label != "und":
            counted[score.label] += letters(texts[score.segment].text)
    whole = counted.total()
    return {label: counted[label] / whole for label in sorted(counted, key=lambda label: (-counted[label], label))}
