"""JSON-LD of a page: what it says of the page itself or of its article."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from selectolax.lexbor import LexborNode

MAX_BLOCKS = 20
MAX_CHARACTERS = 500_000  # of one block; an article's whole text has a tenth of it
MAX_THINGS = 1_000  # looked at per block

# What stands around the JSON of a block: `//<![CDATA[` ... `//]]>`, and a semicolon where it was taken for a script.
_AROUND = " \t\r\n/*;"
_CDATA = "<![CDATA["

Thing = dict[str, Any]


def linked_data(root: LexborNode, wanted: Collection[str]) -> list[Thing]:
    """The things that stand for the page (top level, `@graph`, `mainEntity`) in the blocks that name a wanted key.

    Pictures, videos and comments are things of their own and not among them. A block that is no JSON, too large or
    nested too deep declares nothing.
    """
    things: list[Thing] = []
    for script in root.css('script[type^="application/ld+json" i]')[:MAX_BLOCKS]:
        text = script.text()
        # Parsing takes longer than all else that is done with a page's head.
        if len(text) <= MAX_CHARACTERS and any(f'"{key}"' in text for key in wanted):
            things += filter(_is_of_page, islice(_things(_parsed(text)), MAX_THINGS))
    return things


def texts(value: Any) -> Iterator[str]:
    """The texts of a value, which may be one, a list, or a thing that has them as its `@id` or `url`."""
    for item in value if isinstance(value, list) else [value]:
        text = (item.get("@id") or item.get("url")) if isinstance(item, dict) else item
        if isinstance(text, str):
            yield text


def _parsed(text: str) -> Any:
    if _CDATA in text:
        text = text.partition(_CDATA)[2].rpartition("]]>")[0]
    try:
        # Line breaks in the middle of a text are common.
        return json.loads(text.strip(_AROUND), strict=False)
    except (ValueError, RecursionError):
        return None


def _things(data: Any) -> Iterator[Thing]:
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            yield item
            waiting += [item.get("mainEntity"), item.get("@graph")]


def _is_of_page(thing: Thing) -> bool:
    kinds = thing.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return not any(isinstance(kind, str) and kind.endswith(("Object", "Comment")) for kind in kinds)
