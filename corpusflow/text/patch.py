"""Patches: what cleaning changed in a document, small beside it, and the document with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from corpusflow.document import Document, ImageSegment, Segment, TextSegment


def patch_of(before: Document, after: Document, counts: Mapping[str, int]) -> dict[str, Any] | None:
    """What makes `after` of `before`: its title, texts and alt texts may differ, and texts may lack. None where
    nothing does.

    counts: how often each kind of change was made. A field that is None is as it was.
    """
    left = {segment.index: segment for segment in after.segments}
    gone = [segment.index for segment in before.segments if segment.index not in left]
    changed = [_changed(old, left[old.index]) for old in before.segments if left.get(old.index, old) != old]
    retitled = before.metadata.title != after.metadata.title
    if not (gone or changed or retitled):
        return None
    return {
        "id": before.id,
        "title": after.metadata.title if retitled else None,
        "segments": changed,
        "gone": gone,
        "changes": [{"kind": kind, "count": count} for kind, count in sorted(counts.items())],
    }


def patched(document: Document, patch: Mapping[str, Any]) -> Document:
    """The document as it was after cleaning: the inverse of `patch_of`."""
    changed = {segment["index"]: segment for segment in patch["segments"]}
    segments = tuple(
        _applied(segment, changed[segment.index]) if segment.index in changed else segment
        for segment in document.segments
    )
    metadata = document.metadata
    if patch["title"] is not None:
        metadata = dataclasses.replace(metadata, title=patch["title"])
    document = dataclasses.replace(document, segments=segments, metadata=metadata)
    return document.without(patch["gone"]) if patch["gone"] else document


_FIELDS = ("text", "cells", "alt", "caption")


def _changed(old: Segment, new: Segment) -> dict[str, Any]:
    fields: dict[str, Any] = dict.fromkeys(_FIELDS)
    for name in _FIELDS:
        value = getattr(new, name, None)
        if value != getattr(old, name, None):
            fields[name] = list(value) if isinstance(value, tuple) else value
    return {"index": old.index} | fields


def _applied(segment: Segment, change: Mapping[str, Any]) -> Segment:
    fields = {name: change[name] for name in _FIELDS if change[name] is not None}
    if isinstance(segment, ImageSegment):
        return dataclasses.replace(segment, **fields)
    return _with_text(segment, fields)


def _with_text(segment: TextSegment, fields: dict[str, Any]) -> TextSegment:
    if "cells" in fields:
        fields["cells"] = tuple(fields["cells"])
    return dataclasses.replace(segment, **fields)
