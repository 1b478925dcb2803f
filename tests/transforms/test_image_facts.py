from __future__ import annotations

from pathlib import Path
from typing import Any

from corpusflow.images.decode import Limits
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from tests.documents import document
from tests.transforms.blocks import after, commit_table
from tests.transforms.coloured import COLOURS, PICTURE, embedded, fact, shown, url
from transforms.embed import EmbedSettings, embed_block
from transforms.fetch import SCHEMA as FETCHED
from transforms.fetch import image_row
from transforms.image_blocks import Place, Wanted
from transforms.image_facts import ImageFact, facts_by_block, image_facts, join_images, with_facts


def place(source: str, position: int, version: str = "v", path: str = "none.warc") -> Place:
    return Place(source, position, path, position, 10, "image/jpeg", "u", version)


def test_images_that_could_be_had_get_their_picture_and_the_others_go() -> None:
    doc = document(*shown("a"), "text", *shown("b", "c"))
    facts = {
        url("a"): fact("a"),
        url("b"): fact("b", "failed", "http_404", message="Not Found"),
        url("c"): fact("c", "dropped", "robots_disallowed"),
    }
    joined, lost = join_images(doc, facts, "b0")
    assert [segment.index for segment in joined.segments] == [0, 1]
    assert joined.images[0].picture == PICTURE
    failed, dropped = lost
    assert (failed.stage, failed.filter, failed.reason, failed.failed) == ("fetch", "", "http_404", True)
    assert (dropped.stage, dropped.filter, dropped.reason, dropped.failed) == (
        "fetch",
        "fetch",
        "robots_disallowed",
        False,
    )
    assert [(row.unit, row.segment, row.document, row.what, row.block) for row in lost] == [
        ("image", 2, doc.id, url("b"), "b0"),
        ("image", 3, doc.id, url("c"), "b0"),
    ]


def test_a_document_without_images_is_joined_with_nothing() -> None:
    doc = document("text")
    assert join_images(doc, {}, "b0") == (doc, [])


def test_one_picture_that_is_shown_twice_is_there_twice() -> None:
    joined, lost = join_images(document(*shown("a"), "text", *shown("a")), {url("a"): fact("a")}, "b0")
    assert [image.index for image in joined.images] == [0, 2]
    assert not lost


def test_the_facts_of_a_block_tell_where_bytes_and_vectors_are(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = embedded(store, "i0", "red", "blue", failed="gone")
    facts = [ImageFact(*fields) for _, fields in image_facts(block, store)]
    assert [name for name, _ in image_facts(block, store)] == [url("red"), url("blue"), url("gone")]
    assert [(each.status, each.row, each.offset) for each in facts] == [
        ("ok", 0, 0),
        ("ok", 1, len(COLOURS["red"])),
        ("failed", None, None),
    ]
    red = facts[0]
    assert store.read(red.file)[red.offset : red.offset + red.bytes] == COLOURS["red"]
    assert (red.dimension, red.width, red.height, round(red.safety or 0, 1)) == (3, 200, 100, 1.0)
    assert store.exists(red.vectors)


def test_the_place_of_a_fact_is_its_archive_and_position(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    data, row = image_row(Wanted(url("red"), place("a.warc", 5)), COLOURS["red"], Limits())
    block = Block("i0", (commit_table(store, "fetch", "i0", FETCHED, [row | {"offset": 0}], bin=data),))
    done = after(Stage("embed", 1, None, EmbedSettings(None, None, store), embed_block, store), block)
    (found,) = [ImageFact(*fields) for _, fields in image_facts(done, store)]
    assert (found.place, found.row, found.safety, found.dimension) == (("a.warc", 5, "v"), None, None, 0)


def joined(facts: list[tuple[Any, ...]], *wanted: Place | None, mentions: tuple[str, ...] = ("b1",)) -> dict[str, Any]:
    """A URL's part of the join, as it comes out of Beam."""
    return {"wanted": [(each and tuple(each), mentions) for each in wanted], "facts": facts, "borrowed": []}


def test_a_fact_goes_once_to_every_block_that_shows_the_image() -> None:
    found = facts_by_block((url("a"), joined([tuple(fact("a"))], None, mentions=("b1", "b2"))))
    assert list(found) == [("b1", tuple(fact("a"))), ("b2", tuple(fact("a")))]


def test_of_all_facts_that_of_the_place_that_is_wanted_now_goes() -> None:
    places = [None, place("a", 9), place("a", 10), place("a", 9, "another"), place("b", 9)]
    facts = [tuple(fact("a", place=each and each.identity)) for each in places]
    for order in (1, -1):
        for wanted, expected in zip(places, facts, strict=True):
            assert list(facts_by_block((url("a"), joined(facts[::order], wanted)))) == [("b1", expected)]


def test_the_fact_of_an_archive_that_was_moved_is_that_of_its_place() -> None:
    facts = [tuple(fact("a", place=place("a", 9).identity))]
    moved = place("a", 9, path="elsewhere/none.warc")
    assert list(facts_by_block((url("a"), joined(facts, moved)))) == [("b1", facts[0])]


def test_of_two_facts_of_one_place_the_same_one_goes_whatever_order_they_come_in() -> None:
    facts = [tuple(fact("a", file=file)) for file in ("g.bin", "f.bin")]
    for order in (1, -1):
        assert list(facts_by_block((url("a"), joined(facts[::order], None)))) == [("b1", facts[1])]


def test_an_image_that_is_not_wanted_any_more_goes_nowhere() -> None:
    assert list(facts_by_block((url("a"), joined([tuple(fact("a"))], mentions=())))) == []


def test_the_order_in_which_facts_arrive_is_no_difference() -> None:
    facts = [tuple(fact(name)) for name in "cab"]
    blocks = [list(with_facts(("b0", {"blocks": [Block("b0")], "facts": given}))) for given in (facts, sorted(facts))]
    assert blocks[0] == blocks[1] == [Block("b0", payload=tuple(sorted(facts)))]
