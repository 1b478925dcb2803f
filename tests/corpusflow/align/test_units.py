# ruff: noqa: RUF001 (the texts are in many scripts, some with letters that look like Latin ones)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.align import units
from corpusflow.align.units import MAX_CHARACTERS, Unit, text_units
from corpusflow.document import Document, Role, Score, TextSegment
from tests.documents import document, image, language, text

THAI = "ภาษาไทยไม่มีเครื่องหมายจบประโยคเหมือนภาษาอังกฤษจึงต้องเดาจากช่องว่าง"
PHOTO = image(300, 200)


def heading(words: str, level: int = 2) -> TextSegment:
    return text(words, "heading", level)


def runs(*parts: str | TextSegment) -> list[tuple[int, int]]:
    """First and last index of the paragraph units of these parts."""
    return [(unit.first, unit.last) for unit in text_units(document(*parts), "paragraph")]


def test_every_text_segment_is_a_unit() -> None:
    doc = document(heading("Birds"), "They fly. They sing.", PHOTO, text("one", "list_item"))
    assert text_units(doc, "segment") == (
        Unit(0, 0, 0, 5, "Birds"),
        Unit(1, 1, 0, 20, "They fly. They sing."),
        Unit(3, 3, 0, 3, "one"),
    )


@pytest.mark.parametrize("unit", ["segment", "paragraph", "sentence"])
def test_a_document_without_texts_has_no_units(unit: units.TextUnit) -> None:
    assert text_units(document(), unit) == text_units(document(PHOTO), unit) == ()


def test_a_heading_goes_with_the_text_under_it_and_with_that_only() -> None:
    doc = document(heading("Birds"), "They fly.", "They sing.")
    assert text_units(doc, "paragraph") == (Unit(0, 1, 0, 9, "Birds\nThey fly."), Unit(2, 2, 0, 10, "They sing."))


def test_a_heading_goes_with_a_smaller_one_and_not_with_its_equal() -> None:
    assert runs(heading("a", 1), heading("b", 2), "c") == [(0, 2)]
    assert runs(heading("a", 2), heading("b", 2), "c") == [(0, 0), (1, 2)]
    assert runs("a", heading("b")) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("role", ["list_item", "table_row"])
def test_items_of_a_list_and_rows_of_a_table_go_together_with_their_heading(role: Role) -> None:
    assert runs(text("a", role), text("b", role), text("c", role)) == [(0, 2)]
    assert runs(heading("of"), text("a", role), text("b", role), "c") == [(0, 2), (3, 3)]
    assert runs("of", text("a", role), text("b", role)) == [(0, 0), (1, 2)]


def test_a_list_and_a_table_are_two_units() -> None:
    assert runs(text("a", "list_item"), text("b", "table_row")) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("role", ["paragraph", "quote", "code", "caption"])
def test_paragraphs_quotes_code_and_captions_never_go_with_each_other(role: Role) -> None:
    assert runs(text("a", role), text("b", role)) == [(0, 0), (1, 1)]


def test_a_caption_stands_by_itself_under_a_heading_too() -> None:
    assert runs(heading("a"), text("b", "caption"), "c") == [(0, 0), (1, 1), (2, 2)]


def test_nothing_goes_together_across_an_image() -> None:
    doc = document(heading("a"), PHOTO, text("b", "list_item"), PHOTO, text("c", "list_item"))
    assert [(unit.first, unit.last) for unit in text_units(doc, "paragraph")] == [(0, 0), (2, 2), (4, 4)]


def test_what_a_filter_dropped_in_between_parts_nothing() -> None:
    doc = document(text("a", "list_item"), PHOTO, "menu", text("b", "list_item")).without([1, 2])
    assert text_units(doc, "paragraph") == (Unit(0, 3, 0, 1, "a\nb"),)


def test_texts_go_together_as_long_as_the_model_reads_all_of_them() -> None:
    for length, expected in ((MAX_CHARACTERS, [(0, 1)]), (MAX_CHARACTERS + 1, [(0, 0), (1, 1)])):
        assert runs(heading("four"), "x" * (length - len("four\n"))) == expected
    items = [text("x" * 99, "list_item")] * 7
    assert runs(*items) == [(0, 2), (3, 5), (6, 6)]
    assert len(text_units(document(*items), "paragraph")[0].text) == 299
    assert runs("x" * 5000, heading("a")) == [(0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("label", "sentences"),
    [
        ("en", ["Mr. Smith saw it.", "He left."]),
        ("de", ["Am 3. Mai kam Frau Dr. Weiß.", "Das war z. B. gut."]),
        ("zh", ["今天天气很好。", "你去吗？", "不去。"]),
        ("th", [THAI, THAI]),
    ],
)
def test_a_sentence_is_told_by_its_place_in_its_text(label: str, sentences: list[str]) -> None:
    whole = ("" if label == "zh" else " ").join(sentences)
    found = text_units(document(PHOTO, whole, scores=[language(label)]), "sentence")
    assert [unit.text for unit in found] == sentences
    assert [whole[unit.start : unit.end] for unit in found] == sentences
    assert {(unit.first, unit.last) for unit in found} == {(1, 1)}


def test_the_language_of_a_text_itself_goes_before_that_of_the_document() -> None:
    words = "Es endete am 3. Berliner Tag."
    assert len(text_units(document(words, scores=[language("en")]), "sentence")) == 2
    own = Score("language/test", 1.0, 0, "de")
    assert len(text_units(document(words, scores=[language("en"), own]), "sentence")) == 1
    assert len(text_units(document(words), "sentence")) == 2


def test_a_text_of_white_space_has_no_sentence() -> None:
    assert text_units(document(" \n ", "a"), "sentence") == (Unit(1, 1, 0, 1, "a"),)


def test_a_document_of_too_many_sentences_is_compared_by_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "MAX_SENTENCES", 3)
    assert len(text_units(document("One. Two. Three."), "sentence")) == 3
    assert text_units(document("One. Two. Three.", "Four."), "sentence") == (
        Unit(0, 0, 0, 16, "One. Two. Three."),
        Unit(1, 1, 0, 5, "Four."),
    )


PARTS = st.lists(
    st.one_of(
        st.just(PHOTO),
        st.builds(
            text,
            st.text(alphabet="ab .!\n。ก", max_size=200),
            st.sampled_from(["heading", "paragraph", "list_item", "table_row", "caption"]),
            st.integers(1, 3),
        ),
    ),
    max_size=12,
)


@given(PARTS, st.sampled_from(["segment", "paragraph", "sentence"]))
def test_every_text_is_in_one_unit_whatever_the_document(parts: list[TextSegment], unit: units.TextUnit) -> None:
    doc = document(*parts)
    found = text_units(doc, unit)
    order = [(each.first, each.start, each.last, each.end) for each in found]
    assert order == sorted(order)
    assert all(each.text == said(doc, each) for each in found)
    texts = [segment.text for segment in doc.texts]
    assert "".join("".join(each.text for each in found).split()) == "".join("".join(texts).split())
    if unit == "paragraph":
        assert all(each.first == each.last or len(each.text) <= MAX_CHARACTERS for each in found)


def said(doc: Document, unit: Unit) -> str:
    """What stands at the places of a unit."""
    texts = {text.index: text.text for text in doc.texts if unit.first <= text.index <= unit.last}
    texts[unit.last] = texts[unit.last][: unit.end]
    texts[unit.first] = texts[unit.first][unit.start :]
    return "\n".join(texts.values())
