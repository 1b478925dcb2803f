from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from tests.transforms.blocks import Rows, after, commit_table, ledger, outcome, run_on_beam, small_recipe, table
from transforms.copies import (
    Copy,
    DocumentKey,
    Repeated,
    choose_survivor,
    keyed_by_block,
    moment,
    split_copies,
    with_findings,
)
from transforms.same_keys import document_keys
from transforms.screen import SCHEMA as SCREENED
from transforms.select import SelectDocuments, select_stage

OLD, NEW = "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"


def key(name: str, fetched_at: str = OLD, block: str = "b0", merit: int = 0) -> DocumentKey:
    return DocumentKey(block, name, "url", "text", fetched_at, merit)


def row(
    name: str, url: str = "", text: str = "", fetched_at: str = OLD, images: Sequence[str] = (), **more: Any
) -> Any:
    """A row of screen; url and text are keys, the name's own where they are not given. Texts stand at 0 and 1."""
    return {
        "id": name,
        "url": f"https://{url or name}",
        "url_key": url or name,
        "text_key": text or f"text of {name}",
        "fetched_at": fetched_at,
        "language": "en",
        "gone": [3],
        "texts": 2,
        "images": list(images),
        "image_indices": [10 + number for number, _ in enumerate(images)],
        "characters": 100,
        "signature": None,
        "paragraphs": None,
    } | more


def screened(store: LocalStore, block: str, *rows: Any) -> Block:
    return Block(block, (commit_table(store, "screen", block, SCREENED, rows),))


def test_the_newest_survives() -> None:
    assert choose_survivor([key("a"), key("b", NEW)]) == key("b", NEW)


def test_of_equally_new_ones_the_smallest_id_survives() -> None:
    assert choose_survivor([key("b"), key("a"), key("c")]) == key("a")


def test_a_document_without_a_time_is_the_oldest() -> None:
    assert choose_survivor([key("a", ""), key("b")]) == key("b")


def test_one_of_more_merit_survives_a_newer_one() -> None:
    assert choose_survivor([key("a", merit=2), key("b", NEW, merit=1)]) == key("a", merit=2)


TIMES = st.sampled_from(["", OLD, NEW])
GROUPS = st.lists(
    st.builds(key, st.text("abcdef", min_size=1, max_size=3), TIMES, st.sampled_from("xy"), st.integers(0, 1)),
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
    assert sorted(map(tuple, found)) == sorted(map(tuple, split_copies(other, "same_text")))


def test_the_keys_of_a_block_are_those_of_its_documents(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, "b0", row("d1", "u", "t", NEW), row("d2"))
    assert list(document_keys(block, small_recipe().select, store)) == [
        DocumentKey("b0", "d1", "u", "t", NEW),
        DocumentKey("b0", "d2", "d2", "text of d2", OLD),
    ]


def test_copies_go_into_the_ledger_with_all_that_is_left_of_them(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, "b0", row("d1", images=["i1", "i2"]), row("d2", images=["i3"]), row("d3", images=["i2"]))
    _, found = keyed_by_block(Copy("b0", "d2", "same_url", "other"))
    done = after(select_stage(small_recipe(), store), Block(block.id, block.inputs, (found,)))
    assert table(store, done) == [
        {"id": "d1", "gone": [3], "images": ["i1", "i2"], "scores": None},
        {"id": "d3", "gone": [3], "images": ["i2"], "scores": None},
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
    block = Block("b0", payload=("earlier",))
    found: list[Copy | Repeated] = [
        Copy("b0", "d2", "same_url", "d1"),
        Copy("b0", "d1", "near_same_text", "d9", 0.9),
        Repeated("b0", "k", "image_repeated", 11),
    ]
    entries = [keyed_by_block(finding)[1] for finding in found]
    one, two = (list(with_findings(("b0", {"blocks": [block], "findings": e}))) for e in (entries, entries[::-1]))
    assert one == two == [Block("b0", payload=("earlier", entries[1], entries[0], entries[2]))]


def test_a_block_without_copies_goes_on() -> None:
    assert list(with_findings(("b0", {"blocks": [Block("b0")], "findings": []}))) == [Block("b0")]


def survivors(tmp_path: Path, blocks: list[list[Any]], **section: Any) -> tuple[set[str], dict[str, tuple[str, str]]]:
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
        "b0": [Copy("b0", "a", "same_url", "b", why=f"it is newer: {NEW} > {OLD}")],
        "b1": [
            Copy("b1", "d", "same_text", "c", why="it has the smaller id"),
            Copy("b1", "e", "same_text", "b", why=f"it is newer: {NEW} > {OLD}"),
        ],
    }
    by_hand = []
    for number, rows in enumerate(COPIES):
        found = [keyed_by_block(copy)[1] for copy in copies[f"b{number}"]]
        joined = {"blocks": [screened(store, f"b{number}", *rows)], "findings": found}
        by_hand += [after(select_stage(small_recipe(), store), block) for block in with_findings(("", joined))]
    assert outcomes == [outcome(by_hand)] * 2


@pytest.mark.parametrize(("keep", "kept"), [("newest", "b"), ("longest", "c"), ("most_images", "a")])
def test_the_recipe_says_which_copy_stays(tmp_path: Path, keep: str, kept: str) -> None:
    rows = [
        row("a", "u", images=["https://i.example/1", "https://i.example/2"]),
        row("b", "u", fetched_at=NEW),
        row("c", "u", characters=101),
    ]
    assert survivors(tmp_path, [rows[:2], rows[2:]], keep=keep)[0] == {kept}


def select(tmp_path: Path, blocks: list[list[Any]], **section: Any) -> tuple[Rows, Rows]:
    """The rows and the ledger of all blocks after select on Beam, given in either order."""
    given = []
    for name, order in (("one", 1), ("two", -1)):
        store = LocalStore(str(tmp_path / name))
        screens = [screened(store, f"b{number}", *rows) for number, rows in enumerate(blocks)]
        done = run_on_beam(SelectDocuments(small_recipe(select=section), store), screens[::order], tmp_path)
        rows = [entry for block in done for entry in table(store, block)]
        given.append((rows, [entry for block in done for entry in ledger(store, block)]))
    assert given[0] == given[1]
    return given[0]


LOGO, OTHER_LOGO = "https://www.i.example/logo", "http://i.example/logo"


@pytest.mark.parametrize(("limit", "gone"), [(3, []), (2, ["a", "b", "c"])])
def test_an_image_on_more_pages_than_allowed_goes_from_all_of_them(tmp_path: Path, limit: int, gone: list[str]) -> None:
    blocks = [
        [row("a", images=["https://i.example/1", LOGO]), row("b", images=[OTHER_LOGO, LOGO])],
        [row("c", images=[LOGO]), row("d", images=["https://i.example/1"]), row("copy", "c", images=[LOGO])],
    ]
    rows, entries = select(tmp_path, blocks, max_image_uses=limit)
    found = [entry for entry in entries if entry["unit"] == "image"]
    assert sorted({entry["document"] for entry in found}) == gone, "a copy of a page is not another page"
    if gone:
        assert rows[0] == {"id": "a", "gone": [3, 11], "images": ["https://i.example/1"], "scores": None}
        assert [(e["document"], e["segment"], e["what"]) for e in found] == [
            ("a", 11, LOGO),
            ("b", 10, OTHER_LOGO),
            ("b", 11, LOGO),
            ("c", 10, LOGO),
        ]
        assert {(e["filter"], e["reason"], e["measured"], e["limit"]) for e in found} == {
            ("select", "image_repeated", 3, 2)
        }


@pytest.mark.parametrize(("limit", "gone"), [(4, []), (3, [("a", 0), ("a", 1), ("b", 0)])])
def test_a_paragraph_so_many_times_on_a_host_goes_from_all_of_it(
    tmp_path: Path, limit: int, gone: list[tuple[str, int]]
) -> None:
    def said(*keys: str) -> list[dict[str, Any]]:
        return [{"index": index, "key": key} for index, key in enumerate(keys)]

    blocks = [[row("a", paragraphs=said("k", "k"))], [row("b", paragraphs=said("k", "other")), row("c", paragraphs=[])]]
    rows, entries = select(tmp_path, blocks, domain_paragraphs=limit)
    assert [(entry["document"], entry["segment"]) for entry in entries] == gone
    if gone:
        assert [entry["gone"] for entry in rows] == [[0, 1, 3], [0, 3], [3]]
        assert {(e["unit"], e["reason"], e["measured"], e["limit"]) for e in entries} == {
            ("text", "paragraph_repeated_in_domain", 3, 3)
        }


SETS = [
    [row("a", images=["https://i.example/1", "https://i.example/2"]), row("b", images=["https://i.example/1"])],
    [row("c", images=["http://i.example/2", "http://i.example/1"], fetched_at=NEW), row("d"), row("e")],
]


def test_of_pages_with_the_same_set_of_images_one_stays(tmp_path: Path) -> None:
    rows, (entry,) = select(tmp_path, SETS, same_images=True)
    assert {kept["id"] for kept in rows} == {"b", "c", "d", "e"}
    assert (entry["document"], entry["reason"], entry["measured_text"]) == ("a", "same_images", "c")
    assert (entry["texts"], entry["images"]) == (2, 2)


def test_pages_without_that_option_may_show_the_same(tmp_path: Path) -> None:
    assert select(tmp_path, SETS)[1] == []


def test_pages_that_showed_only_what_is_on_every_page_are_no_copies(tmp_path: Path) -> None:
    blocks = [[row(name, images=[LOGO]) for name in "abc"]]
    assert len(select(tmp_path, blocks, same_images=True, max_image_uses=2)[0]) == 3
    assert len(select(tmp_path, blocks, same_images=True, max_image_uses=3)[0]) == 1


def test_a_time_that_is_none_is_a_number_all_the_same() -> None:
    assert moment("2026-01-02T03:04:05Z") == 20260102030405000
    assert moment("\u00b2026") == moment("026")  # a small 2 is no figure
    assert moment("yesterday") == moment("") == 0
