"""Documents of this run against those that earlier runs kept, and against those of their own language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import RecipeError
from corpusflow.recipe.earlier import signature_section
from corpusflow.store.key_index import read_index, write_index
from corpusflow.store.paths import LocalStore
from corpusflow.text.identity import images_key, url_key
from tests.transforms.blocks import Rows, ledger, run_on_beam, small_recipe, table
from tests.transforms.test_near_copies import WANTED, words
from tests.transforms.test_near_copies import row as signed
from tests.transforms.test_select import NEW, row, screened
from transforms.copies import Repeated
from transforms.repeated import too_often
from transforms.select import SelectDocuments


def kept(name: str, url: str = "", text: str = "", images: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """A row of an index, as the run would write it of `row` with the same arguments."""
    keys = sorted(map(url_key, images))
    made = row(name, url, text, images=images) | {"images_key": images_key(images), "images": keys}
    return made | {"language": "en", "paragraphs": None} | more


def index(folder: Path, *rows: Mapping[str, Any], near_text: Any = None, corpus: str = "pages") -> str:
    wanted = small_recipe(select={"near_text": near_text}).select.near_text
    names = ("id", "url", "url_key", "text_key", "language", "signature", "images_key", "images", "paragraphs")
    blocks = [[{name: row[name] for name in names}] for row in rows]
    write_index(LocalStore(str(folder)), corpus, signature_section(wanted), blocks)
    return str(folder)


def select(tmp_path: Path, rows: Rows, *earlier: str, **section: Any) -> tuple[Rows, Rows]:
    """The rows and the ledger after select on Beam."""
    store = LocalStore(str(tmp_path / "store"))
    wanted = small_recipe(select={"earlier": earlier} | section)
    (done,) = run_on_beam(SelectDocuments(wanted, store), [screened(store, "b0", *rows)], tmp_path)
    return table(store, done), ledger(store, done)


def reasons(entries: Rows) -> dict[str, tuple[str, str]]:
    return {entry["document"]: (entry["reason"], entry["measured_text"]) for entry in entries}


def test_a_new_document_that_an_earlier_corpus_has_goes_and_the_corpus_is_told(tmp_path: Path) -> None:
    earlier = index(tmp_path / "run", kept("e1", "u"), kept("e2", text="t"))
    rows, entries = select(tmp_path, [row("a", "u", fetched_at=NEW), row("b", text="t"), row("c")], earlier)
    assert [entry["id"] for entry in rows] == ["c"]
    assert reasons(entries) == {"a": ("same_url", "e1"), "b": ("same_text", "e2")}
    name = read_index(earlier).name
    assert {entry["message"] for entry in entries} == {f"it stands in an earlier corpus: {name}"}


def test_the_earlier_copy_stays_although_a_new_one_is_newer_longer_and_richer(tmp_path: Path) -> None:
    new = row("a", "u", fetched_at=NEW, images=["https://i.example/1"], characters=10**9)
    for keep in ("newest", "longest", "most_images"):
        _, entries = select(tmp_path / keep, [new], index(tmp_path / "run", kept("z", "u")), keep=keep)
        assert reasons(entries) == {"a": ("same_url", "z")}


def test_a_document_with_the_id_of_an_earlier_one_counts_like_others(tmp_path: Path) -> None:
    earlier = index(tmp_path / "run", kept("a", "u"), kept("b"))
    rows, entries = select(tmp_path, [row("a", "u"), row("b", "other", "other")], earlier)
    assert reasons(entries) == {"a": ("same_url", "a")}
    assert [entry["id"] for entry in rows] == ["b"]


def test_documents_without_text_are_no_copies_of_earlier_ones_without_text(tmp_path: Path) -> None:
    earlier = index(tmp_path / "run", kept("a", "u") | {"text_key": ""})
    assert select(tmp_path, [row("a") | {"text_key": ""}], earlier)[1] == []


def test_copies_within_earlier_corpora_are_left_alone_and_take_nobody_twice(tmp_path: Path) -> None:
    one = index(tmp_path / "one", kept("x", "u"), kept("y", "u"))
    other = index(tmp_path / "other", kept("x", "u"), corpus="other")
    for order in ((one, other), (other, one)):
        _, entries = select(tmp_path, [row("a", "u")], *order)
        assert reasons(entries) == {"a": ("same_url", "x")}


def test_an_earlier_document_whose_url_another_has_still_takes_its_text(tmp_path: Path) -> None:
    earlier = index(tmp_path / "run", kept("x", "u", "one"), kept("y", "u", "two"))
    _, entries = select(tmp_path, [row("a", text="one"), row("b", text="two")], earlier)
    assert reasons(entries) == {"a": ("same_text", "x"), "b": ("same_text", "y")}


def test_nearly_the_text_of_an_earlier_document(tmp_path: Path) -> None:
    rows = [signed("a", words(0, 100), NEW), signed("b", words(200, 300))]
    old = kept("e") | {"signature": signed("e", words(0, 95))["signature"]}
    earlier = index(tmp_path / "run", kept("none") | {"signature": None}, old, near_text=WANTED)
    _, (entry,) = select(tmp_path, rows, earlier, near_text=WANTED)
    assert (entry["document"], entry["reason"], entry["measured_text"]) == ("a", "near_same_text", "e")
    assert 0.7 <= entry["measured"] < 1
    assert entry["message"] == f"like e; it stands in an earlier corpus: {read_index(earlier).name}"


def test_the_set_of_images_of_an_earlier_document(tmp_path: Path) -> None:
    images = ("https://www.i.example/2", "https://i.example/1")
    rows = [row("a", images=["http://i.example/1", "http://i.example/2"], fetched_at=NEW), row("b", images=images[:1])]
    earlier = index(tmp_path / "run", kept("e", images=images), kept("f"))
    assert reasons(select(tmp_path, rows, earlier, same_images=True)[1]) == {"a": ("same_images", "e")}


@pytest.mark.parametrize(("limit", "gone"), [(3, []), (2, [10])])
def test_uses_of_an_image_in_earlier_documents_count(tmp_path: Path, limit: int, gone: list[int]) -> None:
    logo = "https://i.example/logo"
    earlier = index(tmp_path / "run", kept("e", images=(logo,)), kept("f", images=(logo,)))
    _, entries = select(tmp_path, [row("a", images=[logo]), row("b")], earlier, max_image_uses=limit)
    assert [entry["segment"] for entry in entries] == gone
    assert {(entry["reason"], entry["measured"]) for entry in entries} <= {("image_repeated", 3)}


def test_nothing_is_found_of_an_earlier_block() -> None:
    assert list(too_often(("k", [("", 2), ("b0", 1)]), "image_repeated", 3)) == [
        Repeated("b0", "k", "image_repeated", 3)
    ]


def test_paragraphs_of_an_earlier_host_count_where_the_index_has_them(tmp_path: Path) -> None:
    rows = [row("a", paragraphs=[{"index": 0, "key": "k"}, {"index": 1, "key": "other"}])]
    without, has = kept("e"), kept("f", paragraphs=["k", "k"])
    _, entries = select(tmp_path, rows, index(tmp_path / "run", without, has), domain_paragraphs=3)
    assert [(entry["segment"], entry["measured"]) for entry in entries] == [(0, 3)]
    assert select(tmp_path, rows, index(tmp_path / "run", without), domain_paragraphs=3)[1] == []


def test_the_key_of_the_stage_holds_what_the_index_holds_and_not_where_it_lies(tmp_path: Path) -> None:
    def key(*earlier: str) -> str:
        return SelectDocuments(small_recipe(select={"earlier": earlier}), LocalStore(str(tmp_path))).stage.key

    one, same = (index(tmp_path / name, kept("a")) for name in ("one", "same"))
    other = index(tmp_path / "other", kept("b"))
    assert key(one) == key(same)
    assert key(one, other) == key(other, one)
    assert len({key(), key(one), key(other), key(one, other)}) == 4


SIGNATURES = "signatures with permutations 64, shingle word, sizes [1]"


@pytest.mark.parametrize(
    ("made", "wanted", "fault"),
    [
        (None, WANTED, f"has no signatures of texts, the recipe wants {SIGNATURES}: write the same"),
        (WANTED, WANTED | {"sizes": [2]}, f"has {SIGNATURES}, the recipe wants "),
        (WANTED, WANTED | {"bands": 16, "similarity": 0.5}, None),
        (WANTED, None, None),
        (None, None, None),
    ],
)
def test_signatures_made_otherwise_are_told_before_anything_starts(
    tmp_path: Path, made: Any, wanted: Any, fault: str | None
) -> None:
    earlier = index(tmp_path / "run", kept("a"), near_text=made)
    recipe = small_recipe(select={"earlier": [earlier], "near_text": wanted})
    if fault is None:
        SelectDocuments(recipe, LocalStore(str(tmp_path)))
        return
    with pytest.raises(RecipeError) as caught:
        SelectDocuments(recipe, LocalStore(str(tmp_path)))
    assert str(caught.value).startswith(f"select.earlier[0]: {earlier} {fault}")


def test_an_index_that_is_not_there_or_given_twice_is_told(tmp_path: Path) -> None:
    earlier = index(tmp_path / "run", kept("a"))
    for given, fault in (
        ([str(tmp_path)], r"select.earlier\[0\]: .*index.parquet is not there"),
        ([earlier, earlier + "/index.parquet"], r"select.earlier\[1\]: .* is given twice"),
    ):
        with pytest.raises(RecipeError, match=fault):
            SelectDocuments(small_recipe(select={"earlier": given}), LocalStore(str(tmp_path)))


LANGUAGES = [("a", "en"), ("b", "en"), ("c", "de"), ("d", "")]


@pytest.mark.parametrize(("per_language", "gone"), [(False, ["b", "c", "d"]), (True, ["b"])])
def test_the_same_text_in_another_language_is_another_text(tmp_path: Path, per_language: bool, gone: list[str]) -> None:
    rows = [row(name, text="t", language=language) for name, language in LANGUAGES]
    assert sorted(reasons(select(tmp_path, rows, per_language=per_language)[1])) == gone


@pytest.mark.parametrize(("per_language", "gone"), [(False, ["b", "c", "d"]), (True, ["b"])])
def test_nearly_the_same_text_in_another_language_is_another_text(
    tmp_path: Path, per_language: bool, gone: list[str]
) -> None:
    rows = [signed(name, words(0, 100 - n)) | {"language": lang} for n, (name, lang) in enumerate(LANGUAGES)]
    section = {"near_text": WANTED, "per_language": per_language}
    assert sorted(reasons(select(tmp_path, rows, **section)[1])) == gone


@pytest.mark.parametrize(("per_language", "gone"), [(False, ["a", "b", "c", "d"]), (True, ["a", "b"])])
def test_an_image_is_counted_in_each_language(tmp_path: Path, per_language: bool, gone: list[str]) -> None:
    rows = [row(name, images=["https://i.example/1"], language=language) for name, language in LANGUAGES]
    section = {"max_image_uses": 1, "per_language": per_language, "same_images": True}
    rows, entries = select(tmp_path, rows, **section)
    assert sorted(entry["document"] for entry in entries if entry["unit"] == "image") == gone
    # Sets of images are compared across languages; those that are left after the counts.
    assert [e["document"] for e in entries if e["unit"] == "document"] == (["d"] if per_language else [])


def test_an_earlier_document_counts_in_its_language(tmp_path: Path) -> None:
    earlier = index(tmp_path / "run", kept("e", text="t", language="de"))
    rows = [row("a", text="t", language="en"), row("b", text="t", language="de")]
    assert list(reasons(select(tmp_path, rows, earlier, per_language=True)[1])) == ["b"]
