from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Segment
from corpusflow.text.stop_words import _UNSPACED_LISTS, STOP_WORDS, USUAL_SHARE, stop_word_share
from corpusflow.text.tokens import tokens
from filters.stop_words import StopWords
from tests.documents import document, image, language, text


def told(rule: StopWords, code: str, *parts: str | Segment) -> list[tuple[str, int | None]]:
    return [(decision.reason, decision.segment) for decision in rule.judge(document(*parts, scores=[language(code)]))]


def english(stop_words: int, others: int) -> str:
    return "the " * stop_words + "noun " * others


OBELICS = StopWords(min_paragraph_share=0.3, min_share=0.35)
PARAGRAPH = StopWords(min_paragraph_share=0.3, min_share=None, min_english_words=None)
WHOLE = StopWords(min_paragraph_share=None, min_share=0.35, min_english_words=None)


@pytest.mark.parametrize(("count", "expected"), [(30, []), (29, [("paragraph_of_too_few_stop_words", 0)])])
def test_three_words_of_ten_in_a_paragraph_are_enough(count: int, expected: Any) -> None:
    assert told(PARAGRAPH, "en", english(count, 100 - count)) == expected
    assert told(PARAGRAPH, "en", text(english(count, 100 - count), "heading", 1)) == []


@pytest.mark.parametrize(("count", "expected"), [(35, []), (34, [("too_few_stop_words", None)])])
def test_thirty_five_words_of_a_hundred_in_a_document_are_enough(count: int, expected: Any) -> None:
    assert told(WHOLE, "en", english(count, 0), english(0, 100 - count)) == expected


@pytest.mark.parametrize(
    ("found", "expected"), [("the and noun", []), ("the the noun", [("too_few_english_words", None)])]
)
def test_two_different_words_of_gophers_list_are_enough(found: str, expected: Any) -> None:
    rule = StopWords(min_paragraph_share=None, min_share=None)
    assert told(rule, "en", found) == expected
    assert told(rule, "de", "ein Haus") == []
    assert told(StopWords(None, None, 0, None), "en", "noun") == []


def test_a_paragraph_is_told_with_its_place_and_figures() -> None:
    doc = document(english(50, 50) + "and", english(1, 3), scores=[language("en")])
    assert list(OBELICS.judge(doc)) == [Decision("stop_words", "paragraph_of_too_few_stop_words", 1, 0.25, 0.3)]


@pytest.mark.parametrize(("least", "expected"), [(4, [("paragraph_of_too_few_stop_words", 0)]), (5, [])])
def test_short_paragraphs_may_be_left_alone(least: int, expected: Any) -> None:
    assert told(StopWords(0.3, None, least, None), "en", english(1, 3)) == expected


def test_the_document_is_judged_without_the_paragraphs_that_go() -> None:
    rule = dataclasses.replace(OBELICS, min_english_words=None)
    assert told(rule, "en", english(10, 10), english(0, 100)) == [("paragraph_of_too_few_stop_words", 1)]


def test_the_bound_follows_how_common_stop_words_are_in_a_language() -> None:
    doc = document("talo " * 9 + "ja", scores=[language("fi")])
    (found,) = WHOLE.judge(doc)
    assert found.limit == pytest.approx(0.35 * USUAL_SHARE["fi"] / USUAL_SHARE["en"])
    assert told(WHOLE, "fi", "talo " * 5 + "ja") == []


@pytest.mark.parametrize(
    ("code", "sentence", "names"),
    [
        ("de", "Die Katze ist gestern nach Hause gekommen und schläft auf dem Stuhl.", "Haus Katze Stuhl Berlin Auto"),
        ("fr", "Le chat est rentré à la maison, puis il s'est endormi sur la chaise.", "maison chat Paris voiture"),
        ("ru", "Кошка пришла домой и уже спит на стуле, потому что там тепло.", "дом кошка стул Москва"),
        ("ar", "ذهبت القطة إلى البيت ثم نامت على الكرسي في الغرفة", "بيت قطة كرسي سيارة"),
        ("zh", "我的猫昨天回家了\uff0c现在在椅子上睡觉\u3002", "北京上海广州手机电脑"),
        ("ja", "猫は昨日家に帰って、今は椅子の上で寝ています。", "東京大阪京都電話"),
        ("th", "แมวของฉันกลับบ้านแล้วและนอนอยู่ในห้อง", "กรุงเทพ เชียงใหม่ ภูเก็ต"),
    ],
)
def test_sentences_pass_and_lists_of_names_do_not(code: str, sentence: str, names: str) -> None:
    assert told(OBELICS, code, sentence) == []
    assert told(OBELICS, code, names, sentence) == [("paragraph_of_too_few_stop_words", 0)]


def test_a_language_without_a_list_or_not_measured_is_not_judged() -> None:
    assert told(StopWords(), "ceb", "noun " * 50) == []
    assert list(StopWords().judge(document("noun " * 50))) == []


def test_a_document_without_words_has_too_few() -> None:
    assert told(StopWords(), "en", image(200, 200)) == [("too_few_stop_words", None), ("too_few_english_words", None)]
    assert told(WHOLE, "zh", "\U0001f642") == [("too_few_stop_words", None)]


def test_code_and_tables_are_not_looked_at() -> None:
    rows = [text("noun noun noun noun", "table_row"), text("x = y", "code")]
    assert told(OBELICS, "en", english(5, 5) + "and", *rows) == []


@pytest.mark.parametrize(
    ("code", "fine"),
    [
        ("en", "Oil prices fell on Tuesday and shares rose, said Jane Doe, analyst at Example Bank of London."),
        (
            "zh",
            "番茄洗净\uff0c切成小块\u3002锅中倒油烧热\uff0c把鸡蛋放入锅中翻炒盛出\uff0c再下番茄和盐\uff0c炒匀出锅就可以\u3002",
        ),
    ],
)
def test_by_default_news_and_recipes_pass_and_names_alone_do_not(code: str, fine: str) -> None:
    assert told(StopWords(), code, fine) == []
    assert told(OBELICS, code, fine) != []
    assert ("too_few_stop_words", None) in told(StopWords(), code, "Berlin Paris 北京 上海 Roma " * 9)


def test_every_list_has_its_usual_share() -> None:
    assert set(USUAL_SHARE) == {*STOP_WORDS, *_UNSPACED_LISTS}
    assert all(0.1 < share < 0.6 for share in USUAL_SHARE.values())
    for code, known in STOP_WORDS.items():
        assert known == {word.lower() for word in known}, code
        assert {word for word in known if tokens(word) != [word]} == set(), code


def test_an_elided_article_is_a_word() -> None:
    assert stop_word_share("", ["l'acqua", "qu\u2019il"], "fr") == 0.75
    assert stop_word_share("", [], "fr") == stop_word_share("", [], "zh") == 0


def test_no_stop_word_hides_a_longer_one_behind_it() -> None:
    for code, listed in _UNSPACED_LISTS.items():
        found = listed.split()
        for place, word in enumerate(found):
            assert not [longer for longer in found[place + 1 :] if re.match(word, longer) and longer != word], code


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"min_share": 1.1}, "min_share"),
        ({"min_paragraph_share": -1}, "min_paragraph_share"),
        ({"min_paragraph_words": -1}, "negative"),
        ({"min_english_words": 9}, "min_english_words"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        StopWords(**options)
