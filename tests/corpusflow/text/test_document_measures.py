from __future__ import annotations

import dataclasses
import math

import pytest

from corpusflow.document import Document
from corpusflow.text.document_measures import MEASURES, document_measures
from filters.flagged_words import FlaggedWords
from filters.stop_words import StopWords
from filters.text_characters import TextCharacters
from filters.text_length import TextLength
from filters.text_repetition import TextRepetition
from tests.documents import document, image, language, text

PAGE = document(
    text("The Heron #1", "heading", 1),
    "The heron stands in the marsh, and it waits... It is a fucking patient bird of 95 cm!",
    image(200, 200),
    text("- the heron stands in the marsh and it waits for a fish to come by", "list_item"),
    "The heron stands in the marsh, and it waits... It is a fucking patient bird of 95 cm!",
    "it waits\n- it waits\nit waits...",
    text("for i in range(10): print(i)", "code"),
    text("95 | 100 | 105", "table_row"),
    scores=[language("en")],
)
OFF = dict.fromkeys(field.name for field in dataclasses.fields(TextCharacters))
QUIET = dict.fromkeys(field.name for field in dataclasses.fields(TextRepetition))
CASES = [
    ("words", TextLength(min_words=1000)),
    ("flagged_word_share", FlaggedWords(max_share=0.0)),
    ("flagged_words_different", FlaggedWords(max_share=1.0, max_distinct=0)),
    ("stop_word_share", StopWords(min_paragraph_share=None, min_share=1.0, min_english_words=None)),
    ("mean_word_length", TextCharacters(**OFF | {"min_mean_word_length": 99.0})),
    ("alphabetic_word_share", TextCharacters(**OFF | {"min_alphabetic_words": 1.0})),
    ("special_share", TextCharacters(**OFF | {"max_special": 0.0})),
    ("punctuation_share", TextCharacters(**OFF | {"min_punctuation": 1.0})),
    ("hash_ratio", TextCharacters(**OFF | {"max_hash_ratio": 0.0})),
    ("ellipsis_ratio", TextCharacters(**OFF | {"max_ellipsis_ratio": 0.0})),
    ("bullet_line_share", TextCharacters(**OFF | {"max_bullet_lines": 0.0})),
    ("ellipsis_line_share", TextCharacters(**OFF | {"max_ellipsis_lines": 0.0})),
    ("punctuated_line_share", TextCharacters(**OFF | {"min_punctuated_lines": 1.0})),
    ("character_repetition", TextRepetition(**QUIET | {"max_character_repetition": 0.0})),
    ("word_repetition", TextRepetition(**QUIET | {"max_word_repetition": 0.0})),
    ("duplicate_line_share", TextRepetition(**QUIET | {"max_duplicate_lines": 0.0})),
    ("duplicate_line_character_share", TextRepetition(**QUIET | {"max_duplicate_line_characters": 0.0})),
    ("duplicate_paragraph_share", TextRepetition(**QUIET | {"max_duplicate_paragraphs": 0.0})),
    ("duplicate_paragraph_character_share", TextRepetition(**QUIET | {"max_duplicate_paragraph_characters": 0.0})),
    *((f"top_{n}gram_share", TextRepetition(**QUIET | {f"max_top_{n}gram": 0.0})) for n in (2, 3, 4)),
    *((f"duplicate_{n}gram_share", TextRepetition(**QUIET | {f"max_duplicate_{n}gram": 0.0})) for n in range(5, 11)),
]


@pytest.mark.parametrize(("name", "rule"), CASES, ids=[name for name, _ in CASES])
def test_a_measure_is_the_number_that_the_filter_compares(name: str, rule: object) -> None:
    (decision,) = rule.judge(PAGE)  # type: ignore[attr-defined]
    assert decision.segment is None
    assert document_measures(PAGE)[name] == decision.measured


def test_every_measure_is_tried_here_or_belongs_to_paragraphs() -> None:
    assert set(MEASURES) - {name for name, _ in CASES} == {"letter_share", "digit_share", "capital_share"}
    counted = document_measures(document("Ab 1."))
    assert [counted[name] for name in ("letter_share", "digit_share", "capital_share")] == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    "doc",
    [PAGE, document(), document(""), document("\u200d"), document(text("x = 1", "code")), document("صباح الخير 🎉")],
)
def test_every_document_has_every_measure_or_none_and_no_other_number(doc: Document) -> None:
    found = document_measures(doc)
    assert list(found) == list(MEASURES)
    assert all(value is None or math.isfinite(value) for value in found.values())
    assert found["words"] is not None
    shares = [value for name, value in found.items() if name.endswith(("share", "repetition"))]
    assert all(value is None or 0 <= value <= 1 for value in shares)


def test_what_a_filter_does_not_judge_has_no_measure() -> None:
    chinese = document_measures(document("苍鹭站在沼泽里。", scores=[language("zh")]))
    assert chinese["mean_word_length"] is None
    assert chinese["stop_word_share"] is not None
    unknown = document_measures(document("words of some language", scores=[language("ceb")]))
    assert not {unknown[name] for name in ("stop_word_share", "flagged_word_share", "flagged_words_different")} - {None}
    code = document_measures(document(text("x = 1", "code")))
    assert {name for name, value in code.items() if value is not None} == {"words"}
