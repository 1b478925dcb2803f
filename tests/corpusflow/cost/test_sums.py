from __future__ import annotations

import pytest

from corpusflow.cost.estimate import Range, certain
from corpusflow.cost.facts import Facts
from corpusflow.cost.sums import Input, blocks_of, grown, image_blocks, ranges, share_of, totals, with_web_images

PART = {"input": 1000.0, "pages": 10.0, "load/s": 2.0, "load/b": 100.0, "links": 0.0}
BLOCK = {
    "pages": 10.0,
    "screened": 8.0,
    "selected": 8.0,
    "mentions": 20.0,
    "kept": 4.0,
    "tar": 400.0,
    "extract/s": 5.0,
    "extract/b": 50.0,
    "screen/b": 10.0,
    "select/b": 10.0,
}
IMAGES = {
    "images": 20.0,
    "asked": 20.0,
    "had": 10.0,
    "stored": 200.0,
    "fetch/s": 4.0,
    "fetch/b": 200.0,
    "embed/s": 30.0,
    "embed/b": 5.0,
}
SHARD = {"tar": 400.0, "shard/s": 1.0, "shard/b": 420.0}
FACTS = Facts(parts=[PART], documents=[BLOCK], archived=[IMAGES], shards=[SHARD])


def test_ten_times_the_bytes_are_ten_times_everything() -> None:
    found = totals(FACTS, Input(pages=0, unread=10_000, size=10_000))
    assert found["documents_in"] == 100
    assert found["documents_kept"] == 40
    assert found["images_mentioned"] == found["images_unique"] == 200
    assert (found["load/s"], found["extract/s"], found["fetch/s"]) == (20, 50, 40)
    assert found["embed/s"] == pytest.approx(300)
    assert (found["had"], found["shard_bytes"]) == (100, 4200)
    assert found["run_bytes"] == pytest.approx(1000 + 500 + 100 + 100 + 2000 + 50 + 4200)


def test_pages_that_are_known_are_taken_as_they_are() -> None:
    found = totals(FACTS, Input(pages=7, unread=1000, size=2000))
    assert found["documents_in"] == 17


def test_pages_of_a_list_come_by_their_number() -> None:
    linked = {"links": 100.0, "pages": 70.0, "load/s": 10.0, "load/b": 5000.0}
    facts = Facts(parts=[PART], linked=[linked], documents=[BLOCK], archived=[IMAGES], shards=[SHARD])
    found = totals(facts, Input(pages=0, unread=0, size=0, links=1000))
    assert (found["documents_in"], found["load/s"], found["downloaded_bytes"]) == (700, 100, 50_000)


def test_images_of_the_web_are_fetched_only_where_the_recipe_says_so() -> None:
    web = {"images": 20.0, "asked": 20.0, "had": 10.0, "stored": 1000.0, "fetch/s": 1.0, "fetch/b": 1000.0}
    facts = Facts(parts=[PART], documents=[BLOCK | {"mentions": 40.0}], archived=[IMAGES], web=[web], shards=[SHARD])
    found = totals(facts, Input(pages=10, unread=0, size=1000, web=True))
    assert (found["images_unique"], found["images_to_fetch"], found["downloaded_bytes"]) == (40, 20, 1000)
    assert found["embed/s"] == pytest.approx(60)  # the web's pictures at the rate of the archives'
    found = totals(facts, Input(pages=10, unread=0, size=1000, web=False))
    assert (found["images_unique"], found["images_to_fetch"], found["downloaded_bytes"]) == (40, 0, 0)


def test_nothing_measured_is_nothing_told() -> None:
    found = totals(Facts(), Input(pages=5, unread=100, size=100))
    assert (found["documents_in"], found["documents_kept"], found["images_unique"]) == (5, 0, 0)


@pytest.mark.parametrize(("share", "growth"), [(1.0, 1000), (0.0, 1000), (0.9, 1.0), (0.9, 0.5)])
def test_a_share_stays_without_copies_and_without_growth(share: float, growth: float) -> None:
    assert grown(share, growth) == share


def test_copies_become_more_frequent_at_each_doubling() -> None:
    assert grown(0.9, 2) == pytest.approx(0.9 * 0.9 / 0.95)
    assert grown(0.9, 4) == pytest.approx(0.9 * (0.9 / 0.95) ** 2)


def test_copies_in_the_sample_lower_what_is_expected_of_the_whole_but_not_its_upper_end() -> None:
    facts = Facts(parts=[PART], documents=[BLOCK | {"selected": 6.0}], archived=[IMAGES], shards=[SHARD])
    kept = ranges(facts, Input(pages=0, unread=8000, size=8000))["documents_kept"]
    assert kept.high == 32
    assert kept.low < kept.value == (kept.low + kept.high) / 2
    assert kept.low == pytest.approx(32 * (0.75 / 0.875) ** 3)  # eight times the sample: three doublings


def test_some_of_the_blocks_stand_for_all_of_them() -> None:
    given = Input(pages=100, unread=0, size=1000)
    whole = totals(Facts(documents=[BLOCK] * 10, archived=[IMAGES] * 10), given)
    some = totals(Facts(documents=[BLOCK] * 5, archived=[IMAGES] * 10, drawn=0.5), given)
    assert some == whole


def test_blocks_that_differ_make_a_range_and_equal_ones_none() -> None:
    given = Input(pages=1000, unread=0, size=1000)
    same = Facts(parts=[PART], documents=[BLOCK] * 8, archived=[IMAGES] * 8, shards=[SHARD])
    assert ranges(same, given)["documents_kept"] == certain(400)
    unlike = [BLOCK | {"kept": float(number)} for number in range(9)]
    found = ranges(Facts(parts=[PART], documents=unlike, archived=[IMAGES] * 9, shards=[SHARD]), given)
    kept = found["documents_kept"]
    assert kept.value == pytest.approx(400)
    assert 250 < kept.low < 400 < kept.high < 550


def test_the_ranges_are_the_same_each_time() -> None:
    unlike = Facts(parts=[PART], documents=[BLOCK | {"kept": float(number)} for number in range(9)])
    given = Input(pages=1000, unread=0, size=1000)
    assert ranges(unlike, given) == ranges(unlike, given)


def test_facts_of_the_whole_have_no_range() -> None:
    unlike = Facts(parts=[PART], documents=[BLOCK | {"kept": float(number)} for number in range(9)])
    kept = ranges(unlike, Input(pages=90, unread=0, size=1000), exact=True)["documents_kept"]
    assert kept == certain(36)


def test_a_share_of_nothing_is_nothing() -> None:
    assert share_of([], "kept", "pages") == 0
    assert share_of([{"pages": 0.0, "kept": 3.0}], "kept", "pages") == 0


@pytest.mark.parametrize(("sizes", "blocks"), [([], 0), ([0.0], 0), ([1.0], 1), ([10.0], 1), ([10.1], 2), ([3, 4], 2)])
def test_each_part_begins_a_block(sizes: list[float], blocks: int) -> None:
    assert blocks_of(sizes, 10) == blocks


def test_image_blocks_are_at_least_as_many_as_hold_them_and_at_most_one_more_a_bucket() -> None:
    found = {"archived": certain(100), "web": certain(0)}
    assert image_blocks(found, 10, {"archived": 4, "web": 64}) == Range(12, 10, 14)
    assert image_blocks(found | {"web": certain(3)}, 10, {"archived": 4, "web": 64}) == Range(14, 11, 17)
    assert image_blocks({"archived": certain(0), "web": certain(0)}, 10, {"archived": 4, "web": 64}) == certain(0)


def test_documents_that_wait_for_images_of_the_web_may_be_kept() -> None:
    names = ("shard_bytes", "tar", "judge/b", "shard/b", "run_bytes")
    found = {name: certain(100) for name in names}
    found |= {"documents_kept": certain(2), "selected": certain(10), "downloaded_bytes": certain(50)}
    told = with_web_images(found)
    assert told["documents_kept"] == Range(6, 2, 10)
    assert told["shard_bytes"] == Range(130, 100, 150)
