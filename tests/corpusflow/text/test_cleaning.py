from __future__ import annotations

import dataclasses

import pytest

from corpusflow.document import ImageSegment, Metadata, TextSegment
from corpusflow.text.cleaning import PersonalData, clean, cleaning_section
from tests.documents import document, text

ADDRESS = "a@b.example"


def test_texts_alt_texts_captions_and_the_title_are_masked_and_counted() -> None:
    picture = ImageSegment(0, "https://site.example/a@b.example.jpg", alt=f"by {ADDRESS}", caption=f"© {ADDRESS}")
    doc = document(f"Write to {ADDRESS} or 212-555-0142.", "Nothing here.", picture)
    doc = dataclasses.replace(doc, metadata=Metadata(title=f"{ADDRESS} writes"))
    cleaned, counts = clean(doc, "mask")
    assert [segment.text for segment in cleaned.texts] == ["Write to [EMAIL] or [PHONE].", "Nothing here."]
    assert (cleaned.images[0].alt, cleaned.images[0].caption) == ("by [EMAIL]", "© [EMAIL]")
    assert cleaned.images[0].url == picture.url
    assert cleaned.metadata.title == "[EMAIL] writes"
    assert counts == {"email": 4, "phone": 1}


def test_where_texts_are_dropped_they_are_left_to_the_filter() -> None:
    doc = document(ADDRESS, ImageSegment(0, "https://site.example/1.jpg", alt=ADDRESS))
    cleaned, counts = clean(doc, "drop")
    assert cleaned.texts[0].text == ADDRESS
    assert cleaned.images[0].alt == "[EMAIL]"
    assert counts == {"email": 1}


@pytest.mark.parametrize("setting", ["mask", "drop", "keep"])
def test_a_document_without_personal_data_is_the_same_object(setting: PersonalData) -> None:
    doc = document("words", text("a heading", "heading", 1), ImageSegment(0, "https://site.example/1.jpg", alt="a cat"))
    cleaned, counts = clean(doc, setting)
    assert cleaned is doc
    assert not counts
    assert clean(document(), setting) == (document(), {})


def test_what_is_kept_is_not_looked_at() -> None:
    doc = document(ADDRESS)
    assert clean(doc, "keep") == (doc, {})


def test_a_table_row_and_its_cells_are_masked_alike() -> None:
    # The word that makes a telephone number of the digits stands in the cell before.
    cells = ("Telefon", "", "8123 4567", ADDRESS)
    row = TextSegment(0, " | ".join(filter(None, cells)), "table_row", cells=cells)
    cleaned, counts = clean(document(row), "mask")
    assert cleaned.texts[0].cells == ("Telefon", "", "[PHONE]", "[EMAIL]")
    assert cleaned.texts[0].text == "Telefon | [PHONE] | [EMAIL]"
    assert counts == {"phone": 1, "email": 1}


def test_the_way_of_looking_is_part_of_the_key_where_it_matters() -> None:
    assert cleaning_section("keep") == ["keep"]
    assert cleaning_section("mask") != cleaning_section("drop")
    assert len(cleaning_section("mask")) == 2
