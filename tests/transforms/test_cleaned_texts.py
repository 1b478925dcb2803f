"""What a recipe says of texts holds for everything that comes after extraction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from corpusflow.document import Document
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from corpusflow.text.identity import text_key
from filters.registry import available_filters
from tests.documents import document
from tests.transforms.blocks import after, commit_table, extracted, ledger, small_recipe, table
from transforms.align import align_stage
from transforms.clean import clean_stage
from transforms.screen import screen_stage
from transforms.select import SCHEMA as SELECTED

REGISTRY = available_filters()
DOC = document("Write to a@b.example, please.", "Nothing of anybody in here.")


def cleaned(store: LocalStore, **text: Any) -> Block:
    stage = clean_stage(small_recipe(text=text), store)
    return after(stage, Block("b0", (extracted(store, "b0", DOC),)))


def screened(store: LocalStore, **text: Any) -> Block:
    stage = screen_stage(small_recipe(text=text, filters=[]), REGISTRY, store)
    return after(stage, cleaned(store, **text))


def aligned(store: LocalStore, **text: Any) -> list[str]:
    block = screened(store, **text)
    (row,) = table(store, block)
    survivor = {name: row[name] for name in SELECTED.names}
    selected = block.done(commit_table(store, "select", "b0", SELECTED, [survivor]))
    (found,) = table(store, after(align_stage(small_recipe(text=text, filters=[]), store), selected))
    return [text.text for text in Document.from_json(found["document"]).texts]


def test_masked_texts_are_judged_compared_and_kept(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, personal_data="mask")
    (row,) = table(store, block)
    assert row["text_key"] == text_key(document("Write to [EMAIL], please.", "Nothing of anybody in here."))
    assert ledger(store, block) == []
    assert aligned(store, personal_data="mask") == ["Write to [EMAIL], please.", "Nothing of anybody in here."]


def test_dropped_texts_stand_in_the_ledger_and_nowhere_else(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = screened(store, personal_data="drop")
    (row,) = ledger(store, block)
    assert (row["unit"], row["segment"], row["filter"]) == ("text", 0, "personal_data")
    assert (row["reason"], row["measured_text"]) == ("text_has_personal_data", "email")
    assert not any("a@b.example" in str(value) for value in row.values())
    assert aligned(store, personal_data="drop") == ["Nothing of anybody in here."]


def test_kept_texts_are_as_the_page_has_them(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    assert aligned(store, personal_data="keep") == [text.text for text in DOC.texts]
    assert not [name for name in cleaned(store, personal_data="keep").latest.counts if name.startswith("masked")]


def test_by_default_personal_data_is_masked() -> None:
    assert small_recipe().text.personal_data == "mask"


def test_texts_that_are_not_cleaned_cannot_be_read_by_mistake(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    with pytest.raises(KeyError, match="did not pass clean"):
        screen_stage(small_recipe(), REGISTRY, store).run(Block("b0", (extracted(store, "b0", DOC),)))


def test_screen_and_align_are_made_again_where_a_setting_changes_a_text_and_only_there(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    recipe = small_recipe(filters=[])
    stages = (screen_stage(recipe, REGISTRY, store), align_stage(recipe, store))
    for stage in stages:
        keys = [stage.made_from(cleaned(store, personal_data=way)) for way in ("mask", "drop", "keep")]
        assert keys[0] != keys[1] == keys[2], "nothing but texts to change in the document"
    ways = [
        screen_stage(small_recipe(filters=[], text={"personal_data": way}), REGISTRY, store) for way in ("keep", "drop")
    ]
    assert ways[0].key != ways[1].key
