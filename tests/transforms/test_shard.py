from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.store.block import Block
from corpusflow.store.measure_columns import MEASURE_COLUMNS
from corpusflow.store.paths import LocalStore
from corpusflow.store.sample import END
from corpusflow.store.slots import SLOTS, slot_of
from tests.transforms.blocks import after, commit_table, outcome, run_on_beam, small_recipe, table
from transforms.judge import INDEX_SCHEMA
from transforms.shard import (
    SampleRef,
    WriteShards,
    cut_shards,
    sample_refs,
    shard_block_of,
    shard_of,
    shard_stage,
)


def judged(store: LocalStore, name: str, *samples: tuple[str, bytes]) -> Block:
    """A judged block whose samples have these keys and bytes."""
    rows, data = [], b""
    for key, sample in samples:
        plain = {
            "url": f"https://{key}",
            "language": "en",
            "texts": 1,
            "images": 2,
            "characters": 3,
            "lang_score": len(sample) / 512,
        }
        rows.append({"key": key, **plain, "offset": len(data), "length": len(sample)})
        data += sample
    return Block(name, (commit_table(store, "judge", name, INDEX_SCHEMA, rows, tar=data + END),))


def ref(slot: int, key: str = "k") -> SampleRef:
    return SampleRef(slot, key, "", "en", 1, 1, 1, None, "f.tar", 0, 10, "digest")


LENGTHS = st.dictionaries(st.integers(0, SLOTS - 1), st.integers(1, 5_000), max_size=40)
HUGE = st.dictionaries(st.integers(0, SLOTS - 1), st.integers(1, 10**18), max_size=12)


def sizes_of(lengths: dict[int, int], starts: list[int]) -> list[list[int]]:
    """The bytes of each slot, in order, by shard."""
    shards: list[list[int]] = [[] for _ in starts]
    for slot in sorted(lengths):
        shards[shard_of(ref(slot), starts)].append(lengths[slot])
    return shards


@given(st.one_of(LENGTHS, HUGE), st.integers(1, 20_000), st.integers(1, 50))
def test_shards_begin_at_filled_slots_and_none_is_empty_or_too_large(
    lengths: dict[int, int], target: int, min_shards: int
) -> None:
    starts = cut_shards(lengths, target, min_shards)
    assert set(starts) <= set(lengths)
    assert starts == sorted(set(starts))
    assert starts[:1] == sorted(lengths)[:1], "nothing lies before the first shard"
    assert len(starts) >= min(min_shards, len(lengths))
    shards = sizes_of(lengths, starts)
    assert all(shards)
    assert all(sum(shard[:-1]) <= target for shard in shards)


@given(LENGTHS.filter(bool), st.integers(1, 20_000), st.integers(1, 50))
def test_no_more_shards_are_cut_than_are_needed(lengths: dict[int, int], target: int, min_shards: int) -> None:
    needed = max(-(-sum(lengths.values()) // target), min_shards)
    assert len(cut_shards(lengths, target, min_shards)) == min(needed, len(lengths))


@given(st.sets(st.integers(0, SLOTS - 1), min_size=1, max_size=60))
def test_slots_of_one_size_make_shards_of_nearly_one_size(slots: set[int]) -> None:
    lengths = dict.fromkeys(slots, 7)
    counts = [len(shard) for shard in sizes_of(lengths, cut_shards(lengths, 35, 1))]
    assert max(counts) - min(counts) <= 1
    assert max(counts) <= 5


@given(LENGTHS, st.integers(1, 20_000), st.integers(1, 9), st.randoms(use_true_random=False))
def test_the_cut_does_not_depend_on_the_order_of_the_slots(
    lengths: dict[int, int], target: int, min_shards: int, random: object
) -> None:
    items = list(lengths.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert cut_shards(dict(items), target, min_shards) == cut_shards(lengths, target, min_shards)


def test_nothing_makes_no_shard() -> None:
    assert cut_shards({}, 100, 4) == []


@pytest.mark.parametrize(
    ("lengths", "target", "min_shards", "starts"),
    [
        ({5: 10}, 100, 1, [5]),
        ({5: 10}, 100, 3, [5]),
        ({1: 50, 2: 50}, 100, 1, [1]),  # just full
        ({1: 50, 2: 51}, 100, 1, [1, 2]),
        ({1: 10, 2: 10, 3: 10, 9: 10}, 100, 2, [1, 3]),
        ({1: 900, 2: 1, 3: 1}, 100, 1, [1, 2, 3]),  # one large sample at the front takes no slot from the others
        ({1: 1, 2: 1, 3: 900}, 500, 1, [1, 3]),
        ({1: 2**60, 2: 1, 3: 2**60}, 2**60 + 1, 1, [1, 3]),  # a byte that no float could tell
    ],
)
def test_cuts_that_can_be_worked_out_by_hand(
    lengths: dict[int, int], target: int, min_shards: int, starts: list[int]
) -> None:
    assert cut_shards(lengths, target, min_shards) == starts


def test_a_sample_belongs_to_the_last_shard_that_begins_at_or_before_it() -> None:
    assert [shard_of(ref(slot), [3, 10, 11]) for slot in (3, 9, 10, 11, SLOTS - 1)] == [0, 0, 1, 2, 2]


def test_a_slot_is_a_named_hash_of_the_key() -> None:
    assert slot_of("a") == 0xCA978112 % SLOTS  # sha256 of "a" begins so
    assert len({slot_of(str(number)) for number in range(1000)}) > 990


def test_samples_are_referred_to_with_their_place_and_the_content_of_their_file(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = judged(store, "b0", ("k1", b"x" * 512), ("k2", b"y" * 1024))
    one, two = sample_refs(block, store)
    assert (one.key, one.slot, one.offset, one.length) == ("k1", slot_of("k1"), 0, 512)
    assert (two.key, two.slot, two.offset, two.length) == ("k2", slot_of("k2"), 512, 1024)
    assert store.read(one.file) == b"x" * 512 + b"y" * 1024 + END
    assert hashlib.sha256(store.read(one.file)).hexdigest().startswith(one.digest)
    assert len(one.digest) == 16


def test_a_shard_is_made_again_when_a_sample_changes_and_stays_as_long_as_it_was(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    stage = shard_stage(small_recipe(), store)
    keys = []
    for content in (b"x", b"x", b"y"):
        refs = sample_refs(judged(store, "b0", ("k1", content * 512)), store)
        keys.append(stage.made_from(shard_block_of((0, map(tuple, refs)), "train")))
    assert keys[0] == keys[1] != keys[2]


def test_the_samples_of_a_shard_are_in_the_order_of_their_slots() -> None:
    refs = [tuple(ref(slot, key)) for slot, key in ((9, "a"), (2, "b"), (2, "a"))]
    for order in itertools.permutations(refs):
        block = shard_block_of((12, order), "val")
        assert block == Block("val-000012", payload=(refs[2], refs[1], refs[0]))


def test_a_shard_is_the_bytes_of_its_samples_and_a_table_of_them(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    blocks = [judged(store, "b0", ("k1", b"1" * 512), ("k2", b"2" * 1024)), judged(store, "b1", ("k3", b"3" * 512))]
    refs = {found.key: found for block in blocks for found in sample_refs(block, store)}
    payload = tuple(tuple(refs[key]) for key in ("k3", "k1", "k2"))
    done = after(shard_stage(small_recipe(), store), Block("train-000000", payload=payload))
    assert store.read("shards/train-000000.tar") == b"3" * 512 + b"1" * 512 + b"2" * 1024 + END
    assert [(row["key"], row["offset"], row["length"]) for row in table(store, done)] == [
        ("k3", 0, 512),
        ("k1", 512, 512),
        ("k2", 1024, 1024),
    ]
    first = table(store, done)[0]
    assert [first.pop(name) for name in MEASURE_COLUMNS] == [1.0, *[None] * (len(MEASURE_COLUMNS) - 1)]
    assert first | {"key": "", "offset": 0, "length": 0} == {
        "key": "",
        "url": "https://k3",
        "language": "en",
        "texts": 1,
        "images": 2,
        "characters": 3,
        "faces": None,
        "offset": 0,
        "length": 0,
    }
    assert done.latest.counts == {"items": 3}


def test_the_same_shard_is_written_to_the_same_bytes(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    refs = map(tuple, sample_refs(judged(store, "b0", ("k1", b"1" * 512), ("k2", b"2" * 512)), store))
    block, stage = shard_block_of((0, refs), "train"), shard_stage(small_recipe(), store)
    assert outcome([after(stage, block)]) == outcome([after(stage, block)])


SAMPLES = [(f"key{number}", bytes([65 + number]) * 512 * (1 + number % 3)) for number in range(20)]


def test_beam_writes_every_sample_into_one_shard_whatever_order_the_blocks_come_in(tmp_path: Path) -> None:
    wanted = small_recipe(output={"shard_bytes": 5_000, "split": "val"})
    outcomes = []
    for name, order in (("one", 1), ("two", -1)):
        store = LocalStore(str(tmp_path / name))
        blocks = [judged(store, f"b{number}", *SAMPLES[number::3]) for number in range(3)]
        shards = run_on_beam(WriteShards(wanted, store), blocks[::order], tmp_path)
        assert sorted(row["key"] for shard in shards for row in table(store, shard)) == sorted(dict(SAMPLES))
        for shard in shards:
            data = store.read(shard.latest.files["tar"].name)
            for row in table(store, shard):
                assert data[row["offset"] : row["offset"] + row["length"]] == dict(SAMPLES)[row["key"]]
        outcomes.append(outcome(shards))
    store = LocalStore(str(tmp_path / "alone"))
    refs = [
        found for number in range(3) for found in sample_refs(judged(store, f"b{number}", *SAMPLES[number::3]), store)
    ]
    starts = cut_shards({found.slot: found.length for found in refs}, 5_000, 1)
    assert len(starts) == 4
    groups = [(number, [tuple(found) for found in refs if shard_of(found, starts) == number]) for number in range(4)]
    by_hand = [after(shard_stage(wanted, store), shard_block_of(group, "val")) for group in groups]
    assert outcomes == [outcome(by_hand)] * 2


def test_beam_writes_no_shard_of_nothing(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    assert run_on_beam(WriteShards(small_recipe(), store), [judged(store, "b0")], tmp_path) == []
    assert not list(store.names("shards"))
