from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from tests.transforms.blocks import after, commit_table, ledger, outcome, run_on_beam, small_recipe, table
from transforms.screen import SCHEMA as SCREENED
from transforms.select import (
    Copy,
    DocumentKey,
    SelectDocuments,
    choose_survivor,
    document_keys,
    select_stage,
    split_copies,
    with_copies,
)

OLD, NEW = "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"


def key(name: str, fetched_at: str = OLD, block: str = "b0") -> DocumentKey:
    return DocumentKey(block, name, "url", "text", fetched_at)


def row(name: str, url: str = "", text: str = "", fetched_at: str = OLD, images: list[str] | None = None) -> Any:
    """A row of screen; url and text are keys, the name's own where they are not given."""
    return {
        "id": name,
        "url": f"https://{url or name}",
        "url_key": url or name,
        "text_key": text or f"text of {name}",
        "fetched_at": fetched_at,
        "gone": [3],
        "texts": 2,
        "images": images or [],
    }


def screened(store: LocalStore, block: str, *rows: Any) -> Block:
    return Block(block, (commit_table(store, "screen", block, SCREENED, rows),))


def test_the_newest_survives() -> None:
    assert choose_survivor([key("a"), key("b", NEW)]) == key("b", NEW)


def test_of_equally_new_ones_the_smallest_id_survives() -> None:
    assert choose_survivor([key("b"), key("a"), key("c")]) == key("a")


def test_a_document_without_a_time_is_the_oldest() -> None:
    assert choose_survivor([key("a", ""), key("b")]) == key("b")


GROUPS = st.lists(
    st.builds(key, st.text("abcdef", min_size=1, max_size=3), st.sampled_from(["", OLD, NEW]), st.sampled_from("xy")),
    min_size=1,
    max_size=8,
    unique_by=lambda document: document.id,
)


@given(GROUPS.flatmap(lambda group: st.tuples(st.just(group), st.permutations(group))))
def test_one_survives_and_the_others_are_its_copies_in_whatever_order(
    groups: tuple[list[DocumentKey], list[DocumentKey]],
) -> None:
    group, other = groups
    found = list(split_copies(group, "same_text"))
    (survivor,) = (item for item in found if isinstance(item, DocumentKey))
    assert survivor == choose_survivor(group) == choose_survivor(other)
    copies = [item for item in found if isinstance(item, Copy)]
    assert sorted([survivor.id, *(copy.id for copy in copies)]) == sorted(document.id for document in group)
    assert {copy.survivor for copy in copies} <= {survivor.id}
    assert {copy.reason for copy in copies} <= {"same_text"}
    assert {(copy.block, copy.id) for copy in copies} < {(document.block, document.id) for document in group}
    assert sorted(map(tuple, found)) == sorted(map(tuple, split_copies(iter(other), "same_text")))


def test_the_keys_of_a_block_are_those_of_its_documents(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, "b0", row("d1", "u", "t", NEW), row("d2"))
    assert list(document_keys(block, store)) == [
        DocumentKey("b0", "d1", "u", "t", NEW),
        DocumentKey("b0", "d2", "d2", "text of d2", OLD),
    ]


def test_copies_go_into_the_ledger_with_all_that_is_left_of_them(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, "b0", row("d1", images=["i1", "i2"]), row("d2", images=["i3"]), row("d3", images=["i2"]))
    copy = Copy("b0", "d2", "same_url", "other")
    done = after(select_stage(small_recipe(), store), Block(block.id, block.inputs, (tuple(copy),)))
    assert table(store, done) == [
        {"id": "d1", "gone": [3], "images": ["i1", "i2"]},
        {"id": "d3", "gone": [3], "images": ["i2"]},
    ]
    (entry,) = ledger(store, done)
    assert (entry["unit"], entry["document"], entry["filter"], entry["reason"]) == (
        "document",
        "d2",
        "select",
        "same_url",
    )
    assert (entry["measured_text"], entry["texts"], entry["images"], entry["what"]) == ("other", 2, 1, "https://d2")
    assert done.latest.counts == {"items": 3, "images": 2, "dropped/document/select/same_url": 1}


def test_the_order_in_which_copies_arrive_is_no_difference() -> None:
    block = Block("b0", payload=("gone",))
    copies = [("b0", "d2", "same_url", "d1"), ("b0", "d1", "same_text", "d9")]
    one, two = (list(with_copies(("b0", {"blocks": [block], "copies": given}))) for given in (copies, copies[::-1]))
    assert one == two == [Block("b0", payload=(copies[1], copies[0]))]


def test_a_block_without_copies_goes_on() -> None:
    assert list(with_copies(("b0", {"blocks": [Block("b0")], "copies": []}))) == [Block("b0")]


def survivors(tmp_path: Path, blocks: list[list[Any]], **section: bool) -> tuple[set[str], dict[str, tuple[str, str]]]:
    """Documents that survive on Beam, and the reason and survivor of each that does not."""
    store = LocalStore(str(tmp_path / "store"))
    given = [screened(store, f"b{number}", *rows) for number, rows in enumerate(blocks)]
    done = run_on_beam(SelectDocuments(small_recipe(select=section), store), given, tmp_path)
    assert [block.id for block in done] == [block.id for block in given]
    gone = {entry["document"]: (entry["reason"], entry["measured_text"]) for d in done for entry in ledger(store, d)}
    return {entry["id"] for block in done for entry in table(store, block)}, gone


COPIES = [
    [row("a", "u1", "t1"), row("b", "u1", "t2", NEW), row("c", "u2", "t3")],
    [row("d", "u3", "t3"), row("e", "u4", "t2"), row("f", "u5", "t6")],
]


def test_beam_finds_copies_across_blocks_by_url_first_and_then_by_text(tmp_path: Path) -> None:
    kept, gone = survivors(tmp_path, COPIES)
    assert kept == {"b", "c", "f"}
    assert gone == {"a": ("same_url", "b"), "d": ("same_text", "c"), "e": ("same_text", "b")}


@pytest.mark.parametrize(
    ("same_url", "same_text", "kept"),
    [(False, False, set("abcdef")), (True, False, set("bcdef")), (False, True, set("abcf"))],
)
def test_beam_looks_only_for_the_copies_that_are_unwanted(
    tmp_path: Path, same_url: bool, same_text: bool, kept: set[str]
) -> None:
    assert survivors(tmp_path, COPIES, same_url=same_url, same_text=same_text)[0] == kept


def test_documents_without_text_are_no_copies_of_each_other(tmp_path: Path) -> None:
    empty = [row(name) | {"text_key": ""} for name in "ab"]
    assert survivors(tmp_path, [empty])[0] == {"a", "b"}


def test_beam_selects_what_the_stage_selects_whatever_order_the_blocks_come_in(tmp_path: Path) -> None:
    outcomes = []
    for name, order in (("one", 1), ("two", -1)):
        store = LocalStore(str(tmp_path / name))
        given = [screened(store, f"b{number}", *rows) for number, rows in enumerate(COPIES)]
        outcomes.append(outcome(run_on_beam(SelectDocuments(small_recipe(), store), given[::order], tmp_path)))
    store = LocalStore(str(tmp_path / "alone"))
    copies = {
        "b0": [("b0", "a", "same_url", "b")],
        "b1": [("b1", "d", "same_text", "c"), ("b1", "e", "same_text", "b")],
    }
    by_hand = []
    for number, rows in enumerate(COPIES):
        joined = {"blocks": [screened(store, f"b{number}", *rows)], "copies": copies[f"b{number}"]}
        by_hand += [after(select_stage(small_recipe(), store), block) for block in with_copies(("", joined))]
    assert outcomes == [outcome(by_hand)] * 2
