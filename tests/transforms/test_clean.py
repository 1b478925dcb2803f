from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from corpusflow.document import Document, ImageSegment, Metadata, TextSegment
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from tests.documents import document
from tests.transforms.blocks import Rows, after, extracted, ledger, outcome, run_on_beam, small_recipe, table
from transforms.clean import CleanTexts, clean_stage, cleaned_documents

PLAIN = document("Nothing to clean.", url="https://a.example/plain")
MAIL = dataclasses.replace(
    document(
        "Write to a@b.example!!!!",
        "Nothing here.",
        ImageSegment(0, "https://a.example/1.jpg", alt="[Video] a cat", caption="a cat"),
        TextSegment(0, "a | c@d.example", "table_row", cells=("a", "", "c@d.example")),
        url="https://a.example/mail",
    ),
    metadata=Metadata(title="e@f.example"),
)
EMPTY = document("[Video]", "words", url="https://a.example/empty")
DOCS = (PLAIN, MAIL, EMPTY)


def cleaned(store: LocalStore, *docs: Document, **text: Any) -> Block:
    return after(clean_stage(small_recipe(text=text), store), Block("b0", (extracted(store, "b0", *docs),)))


def test_a_patch_holds_what_changed_and_nothing_else(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    mail, empty = table(store, cleaned(store, *DOCS))
    unchanged = {"text": None, "cells": None, "alt": None, "caption": None}
    assert mail == {
        "id": MAIL.id,
        "title": "[EMAIL]",
        "segments": [
            unchanged | {"index": 0, "text": "Write to [EMAIL]!"},
            unchanged | {"index": 2, "alt": "a cat"},
            unchanged | {"index": 3, "text": "a | [EMAIL]", "cells": ["a", "", "[EMAIL]"]},
        ],
        "gone": [],
        "changes": [
            {"kind": "email", "count": 3},
            {"kind": "placeholders", "count": 1},
            {"kind": "repeated_marks", "count": 1},
        ],
    }
    assert empty == {
        "id": EMPTY.id,
        "title": None,
        "segments": [],
        "gone": [0],
        "changes": [{"kind": "placeholders", "count": 1}],
    }


def test_what_was_changed_is_counted_and_a_text_that_is_left_empty_is_in_the_ledger(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = cleaned(store, *DOCS)
    assert block.latest.counts == {
        "items": 3,
        "changed": 2,
        "masked/email": 3,
        "cleaned/placeholders": 2,
        "cleaned/repeated_marks": 1,
        "dropped/text/cleaning/text_empty_after_cleaning": 1,
    }
    (row,) = ledger(store, block)
    assert (row["unit"], row["stage"], row["document"], row["segment"]) == ("text", "clean", EMPTY.id, 0)
    assert (row["filter"], row["reason"]) == ("cleaning", "text_empty_after_cleaning")


def test_the_documents_of_a_cleaned_block_are_read_with_their_patches(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    block = cleaned(store, *DOCS)
    plain, mail, empty = cleaned_documents(block, store)
    assert plain == PLAIN
    assert mail.metadata.title == "[EMAIL]"
    assert [text.text for text in mail.texts] == ["Write to [EMAIL]!", "Nothing here.", "a | [EMAIL]"]
    assert (mail.texts[2].cells, mail.images[0].alt) == (("a", "", "[EMAIL]"), "a cat")
    assert [text.index for text in empty.texts] == [1]
    assert list(cleaned_documents(block, store, {EMPTY.id})) == [empty]
    assert list(cleaned_documents(block, store, {PLAIN.id, EMPTY.id})) == [plain, empty]


def test_where_nothing_is_to_be_cleaned_no_patch_is_written(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    off = {"personal_data": "keep", "repeated_marks": False, "placeholders": False}
    assert table(store, cleaned(store, *DOCS, **off)) == []
    assert list(cleaned_documents(cleaned(store, *DOCS, **off), store)) == list(DOCS)


def test_every_setting_and_nothing_else_is_in_the_key(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    ways: Rows = [
        {},
        {"personal_data": "drop"},
        {"urls": "remove"},
        {"repeated_marks": False},
        {"placeholders": False},
        {"broken_lines": "mid_sentence"},
        {"broken_lines": "any"},
        {"unfinished": "trim"},
    ]
    keys = [clean_stage(small_recipe(text=way), store).key for way in ways]
    assert len({*keys}) == len(ways)
    assert clean_stage(small_recipe(filters=[], text={"urls": "keep"}), store).key == keys[0]


def test_beam_cleans_what_the_stage_cleans(tmp_path: Path) -> None:
    beam, alone = (LocalStore(str(tmp_path / name)) for name in ("beam", "alone"))
    given = [Block(name, (extracted(beam, name, *DOCS),)) for name in ("b0", "b1")]
    by_hand = [
        after(clean_stage(small_recipe(), alone), Block(name, (extracted(alone, name, *DOCS),)))
        for name in ("b0", "b1")
    ]
    assert outcome(run_on_beam(CleanTexts(small_recipe(), beam), given, tmp_path)) == outcome(by_hand)
