from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.document import Document, ImageSegment, Metadata, Role, TextSegment
from corpusflow.text.cleaning import Cleaning, clean
from corpusflow.text.patch import patch_of, patched
from tests.documents import document, language, text

ADDRESS = "a@b.example"
MASK = Cleaning("mask")
ALL = Cleaning("mask", "remove", True, "any", "trim", True)


def test_texts_alt_texts_captions_and_the_title_are_masked_and_counted() -> None:
    picture = ImageSegment(0, "https://site.example/a@b.example.jpg", alt=f"by {ADDRESS}", caption=f"© {ADDRESS}")
    doc = document(f"Write to {ADDRESS} or 212-555-0142.", "Nothing here.", picture)
    doc = dataclasses.replace(doc, metadata=Metadata(title=f"{ADDRESS} writes"))
    cleaned, counts = clean(doc, MASK)
    assert [segment.text for segment in cleaned.texts] == ["Write to [EMAIL] or [PHONE].", "Nothing here."]
    assert (cleaned.images[0].alt, cleaned.images[0].caption) == ("by [EMAIL]", "© [EMAIL]")
    assert cleaned.images[0].url == picture.url
    assert cleaned.metadata.title == "[EMAIL] writes"
    assert counts == {"email": 4, "phone": 1}


def test_where_texts_are_dropped_they_are_left_to_the_filter() -> None:
    doc = document(ADDRESS, ImageSegment(0, "https://site.example/1.jpg", alt=ADDRESS))
    cleaned, counts = clean(doc, Cleaning("drop"))
    assert cleaned.texts[0].text == ADDRESS
    assert cleaned.images[0].alt == "[EMAIL]"
    assert counts == {"email": 1}


@pytest.mark.parametrize("wanted", [MASK, Cleaning("drop"), Cleaning(), ALL])
def test_a_document_with_nothing_to_clean_is_the_same_object(wanted: Cleaning) -> None:
    doc = document("words", text("a heading", "heading", 1), ImageSegment(0, "https://site.example/1.jpg", alt="a cat"))
    cleaned, counts = clean(doc, wanted)
    assert cleaned is doc
    assert not counts
    assert clean(document(), wanted) == (document(), {})


def test_what_is_kept_is_not_looked_at() -> None:
    doc = document(f"{ADDRESS} ----- [Video] https://a.example and\nso on", "Done. Not d")
    assert clean(doc, Cleaning()) == (doc, {})


def test_a_table_row_and_its_cells_are_masked_alike() -> None:
    # The word that makes a telephone number of the digits stands in the cell before.
    cells = ("Telefon", "", "8123 4567", ADDRESS)
    row = TextSegment(0, " | ".join(filter(None, cells)), "table_row", cells=cells)
    cleaned, counts = clean(document(row), MASK)
    assert cleaned.texts[0].cells == ("Telefon", "", "[PHONE]", "[EMAIL]")
    assert cleaned.texts[0].text == "Telefon | [PHONE] | [EMAIL]"
    assert counts == {"phone": 1, "email": 1}


def test_a_cell_that_is_left_empty_stands_in_its_row_and_not_in_its_text() -> None:
    row = TextSegment(0, "a | [Video] | -----", "table_row", cells=("a", "[Video]", "", "-----"))
    cleaned, counts = clean(document(row), ALL)
    assert (cleaned.texts[0].text, cleaned.texts[0].cells) == ("a | -", ("a", "", "", "-"))
    assert counts == {"placeholders": 1, "repeated_marks": 1}


def test_every_change_is_counted_by_its_own_name() -> None:
    words = f"See https://a.example now!!!!! [Video] It broke\nhere, {ADDRESS}. And then it"
    cleaned, counts = clean(document(words), ALL)
    assert [segment.text for segment in cleaned.texts] == ["See now! It broke here, [EMAIL]."]
    kinds = ("urls", "repeated_marks", "placeholders", "broken_lines", "unfinished", "email")
    assert counts == dict.fromkeys(kinds, 1)


def test_a_text_of_which_nothing_is_left_is_no_segment() -> None:
    doc = document("https://a.example/1", ImageSegment(0, "https://a.example/1.jpg", alt="https://a.example"), "words")
    doc = dataclasses.replace(doc, scores=(dataclasses.replace(language("en"), segment=0), language("en")))
    cleaned, counts = clean(doc, ALL)
    assert [segment.index for segment in cleaned.segments] == [1, 2]
    assert cleaned.images[0].alt == ""
    assert cleaned.scores == (language("en"),)
    assert counts == {"urls": 2}


def test_in_code_only_personal_data_is_touched() -> None:
    code = text(f"# ------\nget(https://a.example)\nmail = {ADDRESS}", "code")
    cleaned, counts = clean(document(code), ALL)
    assert cleaned.texts[0].text == "# ------\nget(https://a.example)\nmail = [EMAIL]"
    assert counts == {"email": 1}


@pytest.mark.parametrize(
    ("role", "left"),
    [
        ("paragraph", "One is. Two was."),
        ("quote", "One is. Two was. Three has"),
        ("caption", "One is. Two was. Three has"),
        ("code", "One is. Two was. Three has"),
    ],
)
def test_only_paragraphs_are_trimmed(role: Role, left: str) -> None:
    wanted = Cleaning(unfinished="trim")
    cleaned, _ = clean(document(text("One is. Two was. Three has", role)), wanted)
    assert cleaned.texts[0].text == left


def test_an_ordinal_is_no_end_in_a_language_that_has_them() -> None:
    words = "Er kam an diesem Tag sehr spät. Es war der 3. Oktober und"
    cleaned, _ = clean(document(words, scores=[language("de")]), Cleaning(unfinished="trim"))
    assert cleaned.texts[0].text == "Er kam an diesem Tag sehr spät."


def test_only_what_changes_something_is_part_of_the_key() -> None:
    assert Cleaning().section() == {}
    assert Cleaning(urls="remove").section() == {"urls": "remove"}
    sections = [str(Cleaning(personal).section()) for personal in ("keep", "mask", "drop")]
    assert len({*sections}) == 3
    assert "looked_for" in Cleaning("mask").section()


WORDS = st.text(st.sampled_from("ab.!?-_ \n:()[]@/…。北"), max_size=40)
PIECES = st.lists(
    st.one_of(
        WORDS,
        st.sampled_from(
            [
                ADDRESS,
                "[Video]",
                "[Vid[Video]eo]",
                "https://a.example/x",
                "www.a.example",
                "212-555-0142",
                "+49 30 901820",
            ]
        ),
    ),
    max_size=6,
).map("".join)
CELLS = st.lists(PIECES, min_size=1, max_size=3).map(
    lambda cells: TextSegment(0, " | ".join(filter(None, cells)), "table_row", cells=tuple(cells))
)
PARTS: st.SearchStrategy[list[Any]] = st.lists(
    st.one_of(
        PIECES,
        CELLS,
        st.builds(text, PIECES, st.sampled_from(["heading", "code", "quote", "caption", "list_item"])),
        st.builds(lambda alt, caption: ImageSegment(0, "https://a.example/1.jpg", alt, caption), PIECES, PIECES),
    ),
    max_size=4,
)
WAYS = st.builds(
    Cleaning,
    st.sampled_from(["mask", "drop", "keep"]),
    st.sampled_from(["keep", "remove"]),
    st.booleans(),
    st.sampled_from(["keep", "mid_sentence", "any"]),
    st.sampled_from(["keep", "trim"]),
    st.booleans(),
)


def made(parts: list[Any], title: str) -> Document:
    return dataclasses.replace(document(*parts), metadata=Metadata(title=title))


@settings(deadline=None)
@given(PARTS, PIECES, WAYS)
def test_what_was_cleaned_does_not_change_again(parts: list[Any], title: str, wanted: Cleaning) -> None:
    once, _ = clean(made(parts, title), wanted)
    assert clean(once, wanted) == (once, {})


@settings(deadline=None)
@given(PARTS, PIECES, WAYS)
def test_a_row_is_its_cells_and_a_patch_makes_the_cleaned_document(
    parts: list[Any], title: str, wanted: Cleaning
) -> None:
    doc = made(parts, title)
    cleaned, counts = clean(doc, wanted)
    for segment in cleaned.texts:
        if segment.cells:
            assert segment.text == " | ".join(filter(None, segment.cells))
    patch = patch_of(doc, cleaned, counts)
    assert (doc if patch is None else patched(doc, patch)) == cleaned
    assert (patch is None) == (not counts)
