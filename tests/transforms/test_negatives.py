from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pytest

from corpusflow.document import Document, Score
from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from corpusflow.recipe import Recipe
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from filters.registry import available_filters
from tests.transforms.blocks import ledger, run_on_beam, small_recipe, table
from tests.transforms.mixtures import MIXTURES, block_of, fact_of, page, pages, text_of, url, wanted
from tests.transforms.scorers import Colours
from transforms.align import AlignDocuments
from transforms.draw import DrawNegatives
from transforms.judge import JudgeDocuments
from transforms.negative_pools import (
    Kind,
    Pool,
    TextRef,
    digest_of_text,
    kinds_of,
    negatives_stage,
    pool_of_language,
    text_at,
)
from transforms.negatives import EmbedNegatives, text_pool, with_pools


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)


class Given(beam.PTransform):
    def __init__(self, recipe: Recipe, store: LocalStore) -> None:
        super().__init__()
        self.recipe, self.store = recipe, store

    def given(self, blocks: beam.PCollection[Block]) -> dict[str, beam.PCollection[Block]]:
        drawn = blocks | "Draw" >> DrawNegatives(self.recipe, self.store)
        return {"documents": blocks, "drawn": drawn} | "Negatives" >> EmbedNegatives(self.recipe, self.store)


class Ranked(Given):
    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return self.given(blocks)["documents"] | "Align" >> AlignDocuments(self.recipe, self.store)


class Judged(Ranked):
    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return super().expand(blocks) | JudgeDocuments(self.recipe, available_filters(), self.store)


def ranks(store: LocalStore, blocks: Sequence[Block]) -> dict[str, list[tuple[str, int | None, float]]]:
    """By page what was measured against negatives."""
    made = [Document.from_json(row["document"]) for block in blocks for row in table(store, block)]
    return {
        each.url: [
            (score.measure, score.segment, score.value) for score in each.scores if score.measure.endswith("_rank")
        ]
        for each in made
    }


def test_a_picture_that_does_not_belong_is_dropped_by_its_rank_and_those_that_do_stay(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    given = pages()
    blocks = [block_of(store, "b0", *given[:9]), block_of(store, "b1", *given[9:])]
    recipe = wanted(filters=[{"name": "alignment_rank"}])
    done = run_on_beam(Judged(recipe, store), blocks, tmp_path)
    rows = [row for block in done for row in ledger(store, block)]
    assert [(row["document"], row["segment"], row["reason"], row["measured"]) for row in rows] == [
        (given[-1].id, 2, "image_not_above_negatives", 1.0)
    ]


def test_ranks_are_the_same_whatever_blocks_and_order_the_documents_come_in(tmp_path: Path) -> None:
    found = []
    for name, cuts, order in (("one", [0, 99], 1), ("two", [0, 7, 99], -1), ("many", [0, 3, 5, 9, 12, 99], 1)):
        store = LocalStore(str(tmp_path / name))
        parts = [pages()[start:end] for start, end in pairwise(cuts)]
        blocks = [block_of(store, f"b{number}", *part) for number, part in enumerate(parts)]
        found.append(ranks(store, run_on_beam(Ranked(wanted(10), store), blocks[::order], tmp_path)))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == len(MIXTURES) + 1
    assert found[0]["https://p0.example"] == [("text_rank", 1, 0.0), ("image_rank", 0, 0.0)]
    assert found[0]["https://planted.example"] == [
        ("text_rank", 1, 0.0),
        ("text_rank", 2, 1.0),
        ("image_rank", 0, 0.0),
    ]


@pytest.mark.parametrize(("documents", "measured"), [(9, True), (8, False)])
def test_with_fewer_than_eight_negatives_of_other_documents_nothing_is_measured(
    tmp_path: Path, documents: int, measured: bool
) -> None:
    store = LocalStore(str(tmp_path))
    done = run_on_beam(Ranked(wanted(), store), [block_of(store, "b0", *pages()[:documents])], tmp_path)
    assert {bool(found) for found in ranks(store, done).values()} == {measured}


def test_a_block_gets_the_pools_of_its_languages_and_none_where_it_shows_nothing(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    english, mixed = pages()[:3], [page("fi", text_of((1, 1, 1)), (1, 1, 1), label="fi"), pages()[4]]
    blocks = [block_of(store, "b0", *english), block_of(store, "b1", *mixed), block_of(store, "b2", page("no", "red"))]
    done = run_on_beam(GivenDocuments(wanted(), store), blocks, tmp_path)
    pools = [[commit.block for commit in block.inputs if commit.stage == "negatives"] for block in done]
    assert pools == [["images", "texts-en"], ["images", "texts-en", "texts-fi"], []]
    assert [block.payload for block in done] == [block.payload for block in blocks]


class GivenDocuments(Given):
    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return self.given(blocks)["documents"]


class Pools(Given):
    def expand(self, blocks: beam.PCollection[Block]) -> beam.PCollection[Block]:
        return self.given(blocks)["negatives"]


def test_a_block_that_shows_icons_only_is_compared_with_pictures_of_others(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    *large, small = pages()[:9]
    icon = {url(MIXTURES[8]): 149}
    blocks = [block_of(store, "b0", *large), block_of(store, "b1", small, sides=icon)]
    found = ranks(store, run_on_beam(Ranked(wanted(), store), blocks, tmp_path))
    assert found[small.url] == [("text_rank", 1, 0.0), ("image_rank", 0, 0.0)]
    assert not [name for name, _, _ in found[large[0].url] if name == "image_rank"], "seven of others are too few"


def test_pools_hold_texts_and_pictures_with_their_embeddings_by_their_digests(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    blocks = [block_of(store, "b0", *pages()[:4]), block_of(store, "b1", *pages()[4:8])]
    images, texts = run_on_beam(Pools(wanted(8), store), blocks, tmp_path)
    assert (images.id, texts.id) == ("images", "texts-en")
    rows = table(store, texts)
    assert {row["text"] for row in rows} == {text_of(mixture) for mixture in MIXTURES[:8]}
    assert [row["digest"] for row in rows] == sorted(digest_of_text(row["text"]) for row in rows)
    assert {row["least"] for row in rows} == {32}
    vectors = np.frombuffer(store.read(texts.latest.files["f16"].name), np.float16).reshape(-1, 3)
    np.testing.assert_allclose(vectors, Colours().embed_texts([row["text"] for row in rows]), atol=1e-3)
    shown = table(store, images)
    assert [row["digest"] for row in shown] == sorted(fact_of(store, mixture).sha256 for mixture in MIXTURES[:8])
    assert {(row["least"], row["text"]) for row in shown} == {(0, None)}


def test_a_text_with_a_language_of_its_own_is_compared_with_texts_of_that_one() -> None:
    doc = page("one", "red", "punainen ja vihreä", "")
    doc = doc.scored([Score("language/test", 0.9, 1, "fi")])
    units = [dataclasses.replace(unit) for unit in _units(doc)]
    assert kinds_of(doc, units) == [Kind("en", 0), Kind("fi", 16), Kind("en", 0)]
    assert kinds_of(dataclasses.replace(doc, scores=()), units)[0] == Kind("", 0)


def _units(doc: Document) -> Any:
    from corpusflow.align.units import text_units

    return text_units(doc, "segment")


def test_a_drawn_text_of_several_segments_is_found_again() -> None:
    doc = page("one", "zero", "one", "two", "three")
    assert text_at(doc, TextRef("", doc.id, 1, 3, 1, 2, "b0")) == "ne\ntwo\nth"


def test_the_order_in_which_texts_and_pools_arrive_is_no_difference(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    blocks = [block_of(store, f"b{number}", page(f"p{number}", "red", (1, 1, 1))) for number in range(2)]
    commits = [[block.commit(stage) for stage in ("extract", "clean", "select")] for block in blocks]
    texts = [((0, ("a", "doc", 0, 0, 0, 3, "b0")), commits[0]), ((0, ("b", "doc", 0, 0, 0, 3, "b1")), commits[1])]
    made = [text_pool(("texts-en", order)) for order in (texts, texts[::-1])]
    assert made[0] == made[1]
    assert [commit.block for commit in made[0].inputs] == ["b0", "b0", "b0", "b1", "b1", "b1"]
    pools = [commits[0][0], commits[1][0]]
    given = [list(with_pools(("b", {"blocks": [blocks[0]], "pools": order}))) for order in (pools, pools[::-1])]
    assert given[0] == given[1]


def test_what_belongs_to_the_document_is_no_negative() -> None:
    pool = Pool(("a", "b", "c", "d"), np.arange(8, dtype=np.float32).reshape(4, 2))
    assert pool.without({"b"}, 2).tolist() == [[0, 1], [4, 5]]
    assert pool.without(set(), 9).tolist() == pool.vectors.tolist()
    assert len(pool.without(set("abcd"), 9)) == 0


def test_the_name_of_a_pool_is_fit_for_a_file_whatever_the_label() -> None:
    assert pool_of_language("../x y") == "texts-..%2Fx%20y"
    assert pool_of_language("") == "texts-"


def test_the_key_tells_the_model_and_the_unit(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    keys = {negatives_stage(wanted(), store).key, negatives_stage(wanted(20), store).key}
    assert len(keys) == 1  # how many are drawn is seen in what is drawn
    other = small_recipe(embed={"similarity": {"name": "colours"}}, align={"negatives": 63, "unit": "sentence"})
    changed = small_recipe(
        embed={"similarity": {"name": "colours", "options": {"version": 2}}}, align={"negatives": 63}
    )
    assert len({*keys, negatives_stage(other, store).key, negatives_stage(changed, store).key}) == 3


def test_a_recipe_that_asks_for_no_negatives_has_no_such_stage(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no negatives"):
        negatives_stage(wanted(0), LocalStore(str(tmp_path)))
