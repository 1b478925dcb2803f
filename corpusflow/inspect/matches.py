"""Which texts an image of a sample goes with, by its similarities, and how every output form tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpusflow.inspect.printable import cut

MAX_QUOTE = 160  # characters


@dataclass(frozen=True, slots=True)
class Match:
    """A text of the sample, or some texts that were compared as one, or a sentence of one.

    how: by what it goes with the image: `best`, `assigned`, or both. first, last: numbers among the sample's texts, the
    same for one text; both None where it was dropped after it was measured. quote: the beginning of what was compared,
    on one line.
    """

    how: str
    first: int | None
    last: int | None
    similarity: float
    quote: str

    @property
    def numbers(self) -> range:
        return range(0) if self.first is None or self.last is None else range(self.first, self.last + 1)

    @property
    def place(self) -> str:
        """`¶7`; of several texts, both ends."""
        if self.first is None:
            return "a text that was dropped"
        return f"¶{self.first}" if self.first == self.last else f"¶{self.first}\N{EN DASH}{self.last}"


def matches_of(sample: Mapping[str, Any], info: Mapping[str, Any]) -> tuple[Match, ...]:
    """The text most like an image, and the one that it is assigned to where that is another one; none where nobody
    measured. info: the image's row in the sample's `image_info`."""
    best, assigned = _match(sample, info, "best", "matched"), _match(sample, info, "assigned", "assigned")
    if best and assigned and (best.first, best.last, best.quote) == (assigned.first, assigned.last, assigned.quote):
        return (Match("best and assigned", best.first, best.last, best.similarity, best.quote),)
    return tuple(match for match in (best, assigned) if match)


def images_of(text: int, matches: Sequence[Iterable[Match]]) -> dict[int, str]:
    """How each image that goes with a text does so: `best`. text: its number. matches: of each image."""
    found: dict[int, list[str]] = {}
    for image, match in ((image, match) for image, given in enumerate(matches) for match in given):
        if text in match.numbers:
            found.setdefault(image, []).append(match.how)
    return {image: " and ".join(hows) for image, hows in found.items()}


def rank_text(rank: float) -> str:
    """rank: share, in [0, 1], of texts of other documents that are at least as much like the image as its own."""
    # Cut off, not rounded: 100 % is only what no other text beats.
    return f"better than {int(100 * (1 - rank) + 1e-9)} % of other texts"


def _match(sample: Mapping[str, Any], info: Mapping[str, Any], how: str, key: str) -> Match | None:
    similarity, first = info.get(f"{key}_sim"), info.get(f"{key}_text_index")
    if similarity is None:
        return None
    last, start, end = first, 0, None
    # A shard that an older version wrote has no units.
    unit, units = info.get(f"{key}_unit"), sample.get("units")
    if unit is not None and units:
        first, last, start, end = units[unit]
    if first is None or last is None:
        return Match(how, None, None, similarity, "")
    texts = [sample["texts"][row["pos"]] for row in sample["text_info"][first : last + 1]]
    texts[-1] = texts[-1][:end]
    texts[0] = texts[0][start:]
    return Match(how, first, last, similarity, cut(" ".join(" ".join(texts).split()), MAX_QUOTE))
