"""Which texts of a document the published thresholds speak of."""

from __future__ import annotations

from collections.abc import Iterator

from corpusflow.document import Document, TextSegment

# Code and tables repeat, and are full of digits and signs, by nature; OBELICS and C4, whose numbers most filters
# carry, never saw them: their extraction drops both.
PROSE_ROLES = frozenset({"heading", "paragraph", "list_item", "quote", "caption"})


def prose(document: Document) -> Iterator[TextSegment]:
    """All texts but code and table rows, in order."""
    return (text for text in document.texts if text.role in PROSE_ROLES)
