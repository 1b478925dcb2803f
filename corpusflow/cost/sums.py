"""The sum of an estimate: from what a sample had and took to what the whole will have and take."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from corpusflow.cost.estimate import Range, certain
from corpusflow.cost.facts import DOCUMENT_STAGES, IMAGE_STAGES, Amounts, Facts

T = TypeVar("T")

# What an estimate tells of a corpus, in this order.
AMOUNTS = (
    "documents_in",
    "documents_kept",
    "images_mentioned",
    "images_unique",
    "images_to_fetch",
    "input_bytes",
    "downloaded_bytes",
    "run_bytes",
    "shard_bytes",
)
DRAWS = 200  # of blocks with replacement
TAIL = 0.1  # on either side: the rest is 80 %


@dataclass(frozen=True)
class Input:
    """What is to be read. pages: of parts whose number of pages is known. unread: bytes of those whose is not.
    size: bytes of all files. links: pages that are fetched one by one. web: whether images are fetched."""

    pages: float
    unread: float
    size: float
    links: float = 0.0
    web: bool = False


def share_of(blocks: Sequence[Amounts], name: str, of: str) -> float:
    """The sum of one amount to that of another; 0 where there is nothing of the other."""
    whole = sum(block.get(of, 0) for block in blocks)
    return sum(block.get(name, 0) for block in blocks) / whole if whole else 0.0


def grown(share: float, growth: float) -> float:
    """The share of things that are no copies of others, in a whole `growth` times as large as the sample of which
    `share` is known.

    More pages have more copies among them. Half the sample would have had half the share of copies, as when pairs are
    drawn; from these two points it is taken to fall by the same factor at each doubling, as vocabularies do (Heaps).
    """
    if not 0 < share < 1 or growth <= 1:
        return share
    per_doubling = share / ((1 + share) / 2)
    return float(share * per_doubling ** math.log2(growth))


def totals(facts: Facts, given: Input, with_growth: bool = True) -> dict[str, float]:
    """AMOUNTS; `STAGE/s` and `STAGE/b` of each stage; and what the prices want besides: `had` images, `keys` bytes.

    with_growth: whether copies become more frequent than in the sample.
    """
    linked = given.links * share_of(facts.linked, "pages", "links")
    pages = given.pages + given.unread * share_of(facts.parts, "pages", "input") + linked
    growth = pages / max(facts.sum_of("pages"), 1) if with_growth else 1.0
    new = share_of(facts.documents, "selected", "screened")
    fewer = grown(new, growth) / new if new else 1.0  # documents behind select, to what the sample has of them
    found = {"documents_in": pages, "input_bytes": given.size}
    for name in ("screened", "selected", "mentions", "kept", "tar"):
        found[name] = pages * share_of(facts.documents, name, "pages") * (1.0 if name == "screened" else fewer)
    for stage in DOCUMENT_STAGES:
        later = fewer if stage in ("draw", "negatives", "align", "judge") else 1.0
        for kind in "sb":
            found[f"{stage}/{kind}"] = pages * share_of(facts.documents, f"{stage}/{kind}", "pages") * later
    for kind in "sb":
        found[f"load/{kind}"] = given.size * share_of(facts.parts, f"load/{kind}", "input")
        found[f"load/{kind}"] += given.links * share_of(facts.linked, f"load/{kind}", "links")
    found |= _images(facts, given, found["mentions"], growth)
    found["downloaded_bytes"] += given.links * share_of(facts.linked, "load/b", "links")
    found |= _shards(facts, found["tar"])
    written = sum(amount for name, amount in found.items() if name.endswith("/b"))
    keys = found["screen/b"] + found["select/b"] + 300 * (found["mentions"] + found["kept"])  # bytes of a reference
    named = {"documents_kept": found["kept"], "images_mentioned": found["mentions"], "shard_bytes": found["shard/b"]}
    return found | named | {"run_bytes": written, "keys": keys}


def _images(facts: Facts, given: Input, mentions: float, growth: float) -> dict[str, float]:
    """Of the images that archives hold and of those on the web, each kind with its own rates."""
    sampled = facts.sum_of("mentions")
    images = {kind: sum(block["images"] for block in blocks) for kind, blocks in _kinds(facts).items()}
    known = sum(images.values())
    unique = mentions * grown(min(known / sampled, 1.0) if sampled else 0.0, growth)
    found = {"images_unique": unique, "images_to_fetch": 0.0, "downloaded_bytes": 0.0, "had": 0.0}
    found |= {f"{stage}/{kind}": 0.0 for stage in IMAGE_STAGES for kind in "sb"}
    pictures = [*facts.archived, *facts.web]
    for kind, blocks in _kinds(facts).items():
        number = unique * images[kind] / known if known else 0.0
        had = number * share_of(blocks, "had", "images")
        for end in "sb":
            found[f"fetch/{end}"] += number * share_of(blocks, f"fetch/{end}", "images")
            for stage in IMAGE_STAGES[1:]:
                # What is done to a picture does not depend on where it is from: what was measured of either counts.
                measured = [block for block in pictures if f"{stage}/s" in block]
                found[f"{stage}/{end}"] += had * share_of(measured, f"{stage}/{end}", "had")
        found["had"] += had
        found[kind] = number
        if kind == "web" and given.web:
            found["images_to_fetch"] = number
            found["downloaded_bytes"] = number * share_of(blocks, "stored", "images")
    return found


def _kinds(facts: Facts) -> dict[str, Sequence[Amounts]]:
    return {"archived": facts.archived, "web": facts.web}


def _shards(facts: Facts, tar: float) -> dict[str, float]:
    return {f"shard/{kind}": tar * share_of(facts.shards, f"shard/{kind}", "tar") for kind in "sb"}


def ranges(facts: Facts, given: Input, exact: bool = False) -> dict[str, Range]:
    """As totals, with what the spread between the blocks says of their certainty: blocks are drawn with replacement,
    and the sum done again. exact: whether the facts are of the whole.

    How copies grow is not measured: the lower end is with their growth, the upper without, and what is expected stands
    between.
    """
    with_growth, without = totals(facts, given), totals(facts, given, with_growth=False)
    expected = {name: (value + without[name]) / 2 for name, value in with_growth.items()}
    if exact:
        return {name: certain(value) for name, value in without.items()}
    chance = random.Random(0)
    drawn = [_drawn(facts, chance) for _ in range(DRAWS)]
    lower = [totals(draw, given) for draw in drawn]
    upper = [totals(draw, given, with_growth=False) for draw in drawn]
    found = {}
    for name, value in expected.items():
        low = sorted(draw[name] for draw in lower)[int(DRAWS * TAIL)]
        high = sorted(draw[name] for draw in upper)[int(DRAWS * (1 - TAIL)) - 1]
        found[name] = Range(value, min(low, value), max(high, value))
    return found


def _drawn(facts: Facts, chance: random.Random) -> Facts:
    return Facts(
        _again(facts.parts, chance),
        _again(facts.linked, chance),
        _again(facts.documents, chance),
        _again(facts.archived, chance),
        _again(facts.web, chance),
        facts.shards,
        facts.drawn,
    )


def _again(blocks: Sequence[T], chance: random.Random) -> list[T]:
    return chance.choices(blocks, k=len(blocks)) if blocks else []


def blocks_of(sizes: Sequence[float], size: int) -> int:
    """How many blocks hold so many things each group of which begins one anew."""
    return sum(math.ceil(number / size) for number in sizes if number > 0)


def image_blocks(found: Mapping[str, Range], size: int, buckets: Mapping[str, int]) -> Range:
    """Blocks of images. buckets: by kind, at most how many groups of hosts, or of stretches of archives, begin a block
    anew.

    At least as many as hold them all; at most one more for each bucket.
    """
    low = high = 0.0
    for kind, most in buckets.items():
        images = found[kind]
        low += math.ceil(images.low / size)
        high += images.high // size + min(most, math.ceil(images.high))
    return Range(float(round((low + high) / 2)), low, max(low, high))


def with_web_images(found: Mapping[str, Range]) -> dict[str, Range]:
    """Of a corpus whose images nobody asked for yet: documents that lack all of them now may be kept."""
    kept, most = found["documents_kept"], found["selected"]
    share = (kept.value + most.value) / 2 / most.value if most.value else 0.0
    shards, coming = found["shard_bytes"], found["downloaded_bytes"]
    told = dict(found)
    told["documents_kept"] = Range((kept.value + most.value) / 2, kept.low, max(kept.high, most.high))
    told["shard_bytes"] = Range(shards.value + share * coming.value, shards.low, shards.high + coming.high)
    for name in ("tar", "judge/b", "shard/b"):
        told[name] = found[name].plus(Range(share * coming.value, 0.0, coming.high))
    told["run_bytes"] = found["run_bytes"].plus(Range(2 * share * coming.value, 0.0, 2 * coming.high))
    return told
