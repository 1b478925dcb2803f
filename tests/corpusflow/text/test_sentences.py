# ruff: noqa: RUF001 (the texts are in many scripts, some with letters that look like Latin ones)

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.text.sentences import ends_a_sentence, sentence_spans, split_sentences, written_without_marks

SENTENCES = Path(__file__).parents[3] / ".." / "shared" / "data" / "lang" / "sentences.jsonl.gz"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["It rained.", "We stayed!", "Why not?", "So it went."]),
        ("en", ["Mr. Smith met Dr. J. R. Jones at 5 p.m. on Main St. Petersburg.", "They talked."]),
        ("en", ["The U.S. Army left.", "He lives in the U.S.", "He likes it there."]),
        ("en", ["See e.g. Figure 3, i.e. Fig. 4 and No. 5.", "No.", "We do not."]),
        ("en", ["It costs 3.50 dollars, version 2.0 more.", "Fine."]),
        ("en", ['"Where are you?" he asked.', "Nobody knew (not even she).", "“Here.”", "Good."]),
        ("en", ["Well... maybe not.", "Perhaps…", "Then he left.[12]", "She stayed."]),
        ("en", ["1. Open the lid.", "2. Take it out."]),
        ("de", ["Am 3. Mai kam z. B. Frau Dr. Weiß.", "Das war um 1990.", "Im 19. Jahrhundert, d. h. früher."]),
        ("fr", ["M. Dupont est là.", "« Où ? » dit-il.", "Ici !"]),
        ("es", ["¿Qué hora es?", "¡Ya!", "El Sr. Pérez no está."]),
        ("el", ["Τι ώρα είναι;", "Δεν ξέρω."]),
        ("zh", ["今天天气很好。", "你去吗？", "“好！”", "他说走吧。"]),
        ("ja", ["「行きます。」と言った。", "雨だ！", "帰ろう。"]),
        ("hi", ["यह घर है।", "वह बड़ा है ।", "ठीक।"]),
        ("ar", ["هل أنت هنا؟", "نعم أنا هنا."]),
        ("ur", ["یہ گھر ہے۔", "وہ بڑا ہے۔"]),
        ("am", ["ሰላም ነው።", "ደህና ነው።"]),
        ("ka", ["ეს სახლია.", "ის დიდია."]),
        ("hy", ["Սա տուն է։", "Այն մեծ է։"]),
        ("my", ["ဒါအိမ်ပါ။", "ကြီးတယ်။"]),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(language: str, sentences: list[str]) -> None:
    assert split_sentences(" ".join(sentences), language) == sentences


def test_without_spaces_between_them_chinese_sentences_are_told_apart() -> None:
    assert split_sentences("今天天气很好。你去吗？！不去。", "zh") == ["今天天气很好。", "你去吗？！", "不去。"]


def test_a_line_break_ends_a_sentence() -> None:
    assert split_sentences("A heading\nand a line\n\nand one more") == ["A heading", "and a line", "and one more"]


def test_marks_alone_are_no_sentence() -> None:
    assert split_sentences("Stop. . . ! Go.", "en") == ["Stop. . . !", "Go."]


def test_an_ordinal_is_none_where_the_language_writes_it_otherwise() -> None:
    assert len(split_sentences("It ended on May 3. Berlin was next.", "en")) == 2
    assert len(split_sentences("Es endete am 3. Berliner Tag.", "de")) == 1


def test_thai_has_no_marks_and_is_cut_at_a_space_behind_a_long_run() -> None:
    run = "ภาษาไทยไม่มีเครื่องหมายจบประโยคเหมือนภาษาอังกฤษจึงต้องเดาจากช่องว่าง"
    assert len(run) >= 60
    assert split_sentences(f"{run} {run}", "th") == [run, run]
    assert split_sentences("สวัสดี ครับ ๆ", "th") == ["สวัสดี ครับ ๆ"]
    assert split_sentences("พ.ศ. 2500 ม. 3 จบ", "th") == ["พ.ศ. 2500 ม. 3 จบ"]


@given(st.text(alphabet='ab .!?\n。A\u0e01(")1[]', max_size=60), st.sampled_from(["", "en", "de", "el", "th", "xx"]))
def test_nothing_but_white_space_is_lost(text: str, language: str) -> None:
    sentences = split_sentences(text, language)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() and sentence for sentence in sentences)


ODD = st.text(alphabet='ab .!?;\n\t\u00a0。A\u0e01\u0e46(")1[]…', max_size=200) | st.text(max_size=40)


@given(ODD, st.sampled_from(["", "en", "de", "el", "th", "xx"]))
def test_whatever_the_text_its_sentences_lie_in_order_with_white_space_between(text: str, language: str) -> None:
    place = 0
    for begin, end in sentence_spans(text, language):
        assert place <= begin < end
        assert not text[place:begin].strip()
        assert text[begin:end] == text[begin:end].strip()
        place = end
    assert not text[place:].strip()


@given(ODD, st.sampled_from(["", "en", "th"]))
def test_a_sentence_is_what_stands_at_its_place_on_one_line(text: str, language: str) -> None:
    told = [" ".join(text[begin:end].split()) for begin, end in sentence_spans(text, language)]
    assert [" ".join(sentence.split()) for sentence in split_sentences(text, language)] == told
    assert not any("\n" in sentence for sentence in split_sentences(text, language))


def test_marks_of_a_line_of_their_own_belong_to_the_line_before() -> None:
    text = " One.\n\n* * *\nTwo.  "
    assert [text[begin:end] for begin, end in sentence_spans(text)] == ["One.\n\n* * *", "Two."]
    assert split_sentences(text) == ["One. * * *", "Two."]
    assert split_sentences("说完。（。") == ["说完。（。"]


def test_an_empty_text_has_no_sentence() -> None:
    assert split_sentences("") == split_sentences(" \n ") == []


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("It is so.", True),
        ("(Is it so?)", True),
        ("He said “yes”", True),
        ("It is so.[3]", True),
        ("好。」", True),
        ("यह है।", True),
        ("Read on...", False),
        ("Read on…", False),
        ("The list (short)", False),
        ("As follows:", False),
        ("", False),
    ],
)
def test_a_line_ends_a_sentence_with_its_mark(line: str, ends: bool) -> None:
    assert ends_a_sentence(line) == ends


def test_thai_and_lao_are_written_without_marks() -> None:
    assert written_without_marks("ไทย")
    assert written_without_marks("ລາວ")
    assert not written_without_marks("English 中文 ខ្មែរ")


@pytest.mark.skipif(not SENTENCES.exists(), reason="the sentences of many languages are not beside the checkout")
def test_sentences_of_many_languages_are_left_whole() -> None:
    with gzip.open(SENTENCES, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    spaced = [row for row in rows if row["lang"] not in ("th", "lo")]
    whole = sum(len(split_sentences(row["text"], row["lang"])) == 1 for row in spaced)
    assert whole / len(spaced) > 0.97


@pytest.mark.parametrize("part", [".", "!", "?!", ". ", "! ", '." ', "Mr. ", "A. ", "\n", "\n. ", ". " + " " * 999])
def test_a_long_row_of_marks_takes_no_longer_than_as_many_words(part: str) -> None:
    text = part * (200_000 // len(part))
    start = time.process_time()
    assert "".join(split_sentences(text)).count(".") == text.count(".")
    assert time.process_time() - start < 5  # it was a minute and more


def test_the_number_of_an_item_ends_nothing_on_any_line() -> None:
    assert split_sentences("Do this:\n1. Open the lid.\n2. Take it out.") == [
        "Do this:",
        "1. Open the lid.",
        "2. Take it out.",
    ]
