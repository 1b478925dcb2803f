from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.url_words import UrlWords
from tests.documents import document, image_not_fetched


def words_of(url: str, rule: UrlWords) -> list[object]:
    return [decision.measured for decision in rule.judge(document("a", image_not_fetched(url)))]


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://x.example/img/logo.png", "logo"),
        ("https://x.example/Site_LOGO2.png", "logo"),
        ("https://x.example/icons/a.png", "icon"),
        ("https://x.example/a.png?type=button", "button"),
        ("https://banner.x.example/a.png", "banner"),
    ],
)
def test_a_word_is_found_wherever_it_stands_by_itself(url: str, word: str) -> None:
    assert words_of(url, UrlWords()) == [word]


@pytest.mark.parametrize(
    "url", ["https://x.example/essex/silicon.jpg", "https://x.example/iconic.jpg", "https://x.example/"]
)
def test_a_word_within_another_is_none_unless_wanted(url: str) -> None:
    assert words_of(url, UrlWords()) == []
    assert bool(words_of(url, UrlWords(match="substring"))) == ("ic" in url)


def test_a_document_goes_by_the_words_for_documents() -> None:
    assert list(UrlWords().judge(document(url="https://xxx.example/"))) == [
        Decision("url_words", "document_url_has_word", None, "xxx")
    ]
    assert list(UrlWords().judge(document("a", url="https://site.example/logo"))) == []
    assert list(UrlWords(document_words=()).judge(document(url="https://xxx.example/"))) == []
    assert list(UrlWords(image_words=()).judge(document(image_not_fetched("https://x.example/logo.png")))) == []


def test_an_image_is_named_by_its_index() -> None:
    doc = document("a", image_not_fetched("https://x.example/a.png"), image_not_fetched("https://x.example/logo.png"))
    assert list(UrlWords().judge(doc)) == [Decision("url_words", "image_url_has_word", 2, "logo")]


def test_signs_in_a_word_are_signs() -> None:
    assert words_of("https://x.example/a.b", UrlWords(image_words=("a.b",))) == ["a.b"]
    assert words_of("https://x.example/a-b", UrlWords(image_words=("a.b",))) == []


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="empty word"):
        UrlWords(image_words=("logo", " "))
    with pytest.raises(ValueError, match="match is"):
        UrlWords(match="part")  # type: ignore[arg-type]
