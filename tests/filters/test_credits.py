from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.credits import Credits
from tests.documents import document, image, text


def test_credits_go_and_captions_stay() -> None:
    doc = document(
        image(200, 200),
        text("Photo: Jane Doe", "caption"),
        text("A plague doctor (Image: Getty)", "caption"),
        "This article first appeared in The Paper.",
        text("Photo: Jane Doe", "heading", 2),
    )
    assert list(Credits().judge(doc)) == [
        Decision("credits", "photo_credit", 1, 3, 15),
        Decision("credits", "source_line", 3, 7, 15),
    ]


@pytest.mark.parametrize(("words", "kept"), [(15, False), (16, True)])
def test_a_credit_has_at_most_fifteen_words(words: int, kept: bool) -> None:
    assert (not list(Credits().judge(document("Photo by " + "Jane " * (words - 2))))) == kept


def test_a_caption_about_the_file_goes_where_an_image_is() -> None:
    doc = document("Click to enlarge", image(200, 200), "Click to enlarge", "Click to enlarge")
    assert list(Credits().judge(doc)) == [
        Decision("credits", "caption_about_the_file", 0, "enlarge"),
        Decision("credits", "caption_about_the_file", 2, "enlarge"),
    ]


def test_a_sentence_and_a_long_caption_stay() -> None:
    doc = document(image(200, 200), "You can download it.", image(200, 200), "one two three four five six download it")
    assert list(Credits().judge(doc)) == []


def test_the_words_of_the_published_pipeline_can_be_given() -> None:
    rule = Credits(file_words=("image", "\u56fe\u7247"))
    doc = document(
        text("A plague doctor (Image: Getty)", "caption"),
        text("Imagery", "caption"),
        text("\u8fd9\u5f20\u56fe\u7247", "caption"),
    )
    assert [decision.segment for decision in rule.judge(doc)] == [0, 2]


def test_each_rule_can_be_switched_off() -> None:
    doc = document(image(200, 200), text("Photo: Jane Doe", "caption"), text("Download", "caption"))
    assert list(Credits(max_credit_words=None, max_file_caption_words=None).judge(doc)) == []
    assert len(list(Credits(file_words=()).judge(doc))) == 1


@pytest.mark.parametrize(
    "options", [{"max_credit_words": -1}, {"max_file_caption_words": -1}, {"file_words": ("a", " ")}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Credits(**options)  # type: ignore[arg-type]
