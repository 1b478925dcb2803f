"""What a recipe says of personal data holds for everything that comes after extraction."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.document import Document
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from corpusflow.text.cleaning import PersonalData
from corpusflow.text.identity import text_key
from filters.registry import available_filters
from tests.documents import document
from tests.transforms.blocks import after, commit_table, extracted, ledger, small_recipe, table
from transforms.align import align_stage
from transforms.screen import screen_stage
from transforms.select import SCHEMA as SELECTED

REGISTRY = available_filters()
DOC = document("Write to a@b.example, please.", "Nothing of anybody in here.")


def screened(store: LocalStore, setting: PersonalData) -> Block:
    stage = screen_stage(small_recipe(text={"personal_data": setting}, filters=[]), REGISTRY, store)
    return after(stage, Block("b0", (extracted(store, "b0", DOC),)))


def aligned(store: LocalStore, setting: PersonalData) -> list[str]:
    (row,) = table(store, screened(store, setting))
    survivor = {"id": row["id"], "gone": row["gone"], "images": row["images"]}
    inputs = (extracted(store, "b0", DOC), commit_table(store, "select", "b0", SELECTED, [survivor]))
    stage = align_stage(small_recipe(text={"personal_data": setting}, filters=[]), store)
    (found,) = table(store, after(stage, Block("b0", inputs)))
    return [text.text for text in Document.from_json(found["document"]).texts]


def test_masked_texts_are_judged_compared_and_kept(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, "mask")
    (row,) = table(store, block)
    assert row["text_key"] == text_key(document("Write to [EMAIL], please.", "Nothing of anybody in here."))
    assert ledger(store, block) == []
    assert block.latest.counts["masked/email"] == 1
    assert aligned(store, "mask") == ["Write to [EMAIL], please.", "Nothing of anybody in here."]


def test_dropped_texts_stand_in_the_ledger_and_nowhere_else(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, "drop")
    (row,) = ledger(store, block)
    assert (row["unit"], row["segment"], row["filter"]) == ("text", 0, "personal_data")
    assert (row["reason"], row["measured_text"]) == ("text_has_personal_data", "email")
    assert not any("a@b.example" in str(value) for value in row.values())
    assert aligned(store, "drop") == ["Nothing of anybody in here."]


def test_kept_texts_are_as_the_page_has_them(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    assert aligned(store, "keep") == [text.text for text in DOC.texts]
    assert not [name for name in screened(store, "keep").latest.counts if name.startswith("masked")]


def test_by_default_personal_data_is_masked() -> None:
    assert small_recipe().text.personal_data == "mask"


@pytest.mark.parametrize("make", [lambda recipe, store: screen_stage(recipe, REGISTRY, store), align_stage])
def test_another_setting_is_another_output_of_screen_and_align(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    recipe = small_recipe()
    settings = ("mask", "drop", "keep")
    recipes = [
        recipe.model_copy(update={"text": recipe.text.model_copy(update={"personal_data": s})}) for s in settings
    ]
    assert len({make(each, LocalStore(str(tmp_path))).key for each in recipes}) == 3
