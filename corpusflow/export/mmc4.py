"""A sample in the form of Multimodal C4, as its readers (open_flamingo) take it: one json with the pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from corpusflow.export.units import assigned_unit, page_texts, unit_text, units_of


def mmc4_json(sample: Mapping[str, Any], pictures: Mapping[str, bytes]) -> dict[str, Any] | None:
    """`text_list` are the units that were measured: sentences, or whole texts. Each image has the unit that it is
    assigned to. None where there is no similarity: readers ask for the matrix, images by texts.

    pictures: by member.
    """
    texts, units, rows = page_texts(sample), units_of(sample), sample["similarity"]
    infos = sample["image_info"]
    if not units or not infos:
        return None
    return {
        "url": sample["url"],
        "text_list": [unit_text(texts, unit) for unit in units],
        "image_info": [
            _image(info, pictures[info["member"]], [row[column] for row in rows]) for column, info in enumerate(infos)
        ],
        "similarity_matrix": [[row[column] for row in rows] for column in range(len(infos))],
    }


def _image(info: Mapping[str, Any], picture: bytes, column: Sequence[float]) -> dict[str, Any]:
    """column: its similarity with each unit."""
    row = assigned_unit(info)
    return {
        "image_name": info["member"],
        "raw_url": info["url"],
        "matched_text_index": row,
        "matched_sim": None if row is None else column[row],
        "image_base64": base64.b64encode(picture).decode(),
    }
