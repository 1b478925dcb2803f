"""Parts of earlier runs that a list or an index still holds: they stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableMapping, Sequence
from typing import Any, TypeVar

from corpusflow.sources.page import Part

T = TypeVar("T")


def whole_parts(
    earlier: Iterable[Part], left: MutableMapping[T, Any], items: Callable[[Part], Sequence[T]]
) -> list[Part]:
    """Those whose items are all left, in their order; their items are taken out of `left`.

    items: of a part. Of parts that overlap, as a whole one and its cut by a limit do, the larger one stays.
    """
    known = list(earlier)
    chosen = []
    for number in sorted(range(len(known)), key=lambda number: -len(items(known[number]))):
        held = items(known[number])
        if held and all(item in left for item in held):
            chosen.append(number)
            for item in held:
                del left[item]
    return [known[number] for number in sorted(chosen)]
