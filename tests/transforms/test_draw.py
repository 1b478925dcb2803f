from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block, Stage
from corpusflow.store.paths import LocalStore
from tests.transforms.blocks import after, run_on_beam, small_recipe
from tests.transforms.mixtures import block_of, fact_of, page, pages, url, wanted
from tests.transforms.scorers import Colours
from transforms.draw import (
    DrawNegatives,
    DrawSettings,
    PoolKey,
    Refs,
    draw_block,
    draw_stage,
    drawn,
    smallest,
    texts_of,
    with_pictures,
)
from transforms.image_facts import ImageFact
from transforms.negative_pools import digest_of_text, text_at


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)


SCORER = Colours()


def given_by(store: LocalStore, block: Block, scorer: Any = SCORER, most: int = 9) -> list[tuple[PoolKey, Refs]]:
    """What a joined block gives to the pools."""
    stage = Stage("draw", 1, None, DrawSettings(scorer, "segment", most, store), draw_block, store)
    return list(drawn(after(stage, with_pictures(block)), store))


def test_a_document_gives_one_text_to_each_language_and_length_and_one_picture(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    texts = [f"red {number}" for number in range(5)] + [f"blue and {number} more of them" for number in (4, 3, 2, 1, 0)]
    one = page("one", *texts, (1, 1, 1), (2, 1, 1))
    given = dict(given_by(store, block_of(store, "b0", one)))
    assert {key: len(refs) for key, refs in given.items()} == {
        ("images", 0): 1,
        ("texts-en", 0): 1,
        ("texts-en", 16): 1,
    }
    for least, those in ((0, texts[:5]), (16, texts[5:])):
        assert given["texts-en", least][0][0] == min(map(digest_of_text, those))
    assert given["images", 0][0][0] == min(fact_of(store, mixture).sha256 for mixture in ((1, 1, 1), (2, 1, 1)))


def test_nothing_is_drawn_from_documents_without_a_picture_that_could_be_had(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    lost = block_of(store, "b0", page("one", "red", (1, 1, 1)), page("two", "red"), lost=[url((1, 1, 1))])
    assert given_by(store, lost) == []
    had = page("three", "green", (2, 1, 1))
    beside = block_of(store, "b1", page("one", "red", (1, 1, 1)), had, lost=[url((1, 1, 1))])
    assert given_by(store, beside) == given_by(store, block_of(store, "b1", had))


def test_nothing_is_drawn_from_documents_that_the_scorer_does_not_read(tmp_path: Path) -> None:
    @dataclasses.dataclass(frozen=True)
    class Finnish(Colours):
        languages = ("fi",)

    store = LocalStore(str(tmp_path))
    documents = [page("en", "red", (1, 1, 1)), page("fi", "punainen", (2, 1, 1), label="fi")]
    given = given_by(store, block_of(store, "b0", *documents), Finnish())
    assert [key for key, _ in given] == [("images", 0), ("texts-fi", 0)]


def test_icons_are_not_drawn_and_the_texts_beside_them_are(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    shown = [(1, 1, 1), (2, 1, 1), (3, 1, 1)]
    both, icons = page("both", "red", *shown[:2]), page("icons", "a red icon and its name", shown[2])
    for side, names in ((150, ["images", "images", "texts-en", "texts-en"]), (149, ["texts-en", "texts-en"])):
        sides = dict.fromkeys(map(url, shown), side)
        given = given_by(store, block_of(store, "b0", both, icons, sides=sides))
        assert [pool for (pool, _), refs in given for _ in refs] == names
    for small, large in (shown[:2], shown[1::-1]):
        (_, refs), _ = given_by(store, block_of(store, "b0", both, sides={url(small): 149}))
        assert [ref[0] for ref in refs] == [fact_of(store, large).sha256]


def test_a_block_gives_those_with_the_smallest_digests_and_no_more_than_are_asked_for(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = block_of(store, "b0", *pages()[:8])
    whole, few = (dict(given_by(store, block, most=most)) for most in (8, 3))
    assert {key: len(refs) for key, refs in whole.items()} == {("images", 0): 8, ("texts-en", 32): 8}
    assert few == {key: refs[:3] for key, refs in whole.items()}
    assert [refs == tuple(sorted(refs)) for refs in whole.values()] == [True, True]


@pytest.mark.parametrize("unit", ["segment", "paragraph", "sentence"])
def test_a_drawn_text_is_found_again_where_it_stands(unit: Any) -> None:
    doc = page("one", "One is red. Two is blue.", "Three is green, \N{SNOWMAN}.", (1, 1, 1), "Four.")
    refs = texts_of(doc, "b0", unit)
    assert refs
    assert [digest_of_text(text_at(doc, ref)) for ref in refs.values()] == [ref.digest for ref in refs.values()]


def test_the_smallest_references_are_the_same_however_they_are_grouped() -> None:
    refs = [(digest, number) for number, digest in enumerate("gfedcbagfedcba")]
    whole = smallest([refs], 4)
    assert whole == (("a", 6), ("b", 5), ("c", 4), ("d", 3))
    for size in (1, 2, 3, 5):
        parts = [smallest([refs[start : start + size]], 4) for start in range(0, len(refs), size)]
        assert smallest(parts, 4) == smallest(parts[::-1], 4) == whole


def test_what_is_known_of_images_besides_is_no_reason_to_draw_anew(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = block_of(store, "b0", pages()[0])
    (fact,) = (dict(zip(ImageFact._fields, fields, strict=True)) for fields in block.payload)

    def key(**changes: Any) -> str:
        changed = Block("b0", block.inputs, (tuple(ImageFact(**fact | changes)),))
        return draw_stage(wanted(), store).made_from(with_pictures(changed))

    assert key(safety=0.5, faces=[], file="elsewhere.bin", generation=2) == key()
    for change in ({"sha256": "5a"}, {"vectors": "other.f16"}, {"row": 1}, {"status": "failed"}, {"source_width": 9}):
        assert key(**change) != key()


def test_the_key_tells_languages_unit_and_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(str(tmp_path))

    def key(recipe: Recipe) -> str:
        return draw_stage(recipe, store).key

    other = small_recipe(embed={"similarity": {"name": "colours"}}, align={"negatives": 63, "unit": "sentence"})
    keys = {key(wanted()), key(wanted(20)), key(other)}
    monkeypatch.setattr(Colours, "languages", ("fi",), raising=False)
    assert len(keys | {key(wanted())}) == 4
    with pytest.raises(ValueError, match="no negatives"):
        draw_stage(wanted(0), store)


def test_beam_draws_what_the_stage_draws(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    blocks = [block_of(store, "b0", *pages()[:4]), block_of(store, "b1", *pages()[4:8])]
    done = run_on_beam(DrawNegatives(wanted(), store), blocks, tmp_path)
    assert [list(drawn(block, store)) for block in done] == [given_by(store, block) for block in blocks]
    assert [block.latest.counts["items"] for block in done] == [4, 4]
