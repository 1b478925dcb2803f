from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters import repeated_paragraphs
from filters.repeated_paragraphs import RepeatedParagraphs
from tests.documents import document, image, text


def test_the_first_of_equal_texts_is_kept_whatever_their_role() -> None:
    doc = document("Say it", "again", image(9, 9), text("say  IT ", "heading", 2), "other", "Say it\n")
    assert list(RepeatedParagraphs().judge(doc)) == [
        Decision("repeated_paragraphs", "paragraph_said_before", 3, 2, 1),
        Decision("repeated_paragraphs", "paragraph_said_before", 5, 3, 1),
    ]


@pytest.mark.parametrize(("least", "gone"), [(4, [1]), (5, [])])
def test_a_text_shorter_than_the_least_may_stand_twice(least: int, gone: list[int]) -> None:
    doc = document("天地 玄", " 天地  玄 ")
    assert [decision.segment for decision in RepeatedParagraphs(least).judge(doc)] == gone


def test_a_document_that_says_each_thing_once_is_kept() -> None:
    assert list(RepeatedParagraphs().judge(document("a", "a b", "b"))) == []
    assert list(RepeatedParagraphs().judge(document())) == []


def test_a_least_length_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="min_characters is 0"):
        RepeatedParagraphs(0)


LINE = "the quick brown fox jumps over the lazy dog"  # 43 characters


@pytest.mark.parametrize(
    ("limit", "texts", "gone"),
    [
        (0.95, [LINE, LINE.replace("lazy", "lame")], {1: 1 - 4 / 86}),
        (1 - 4 / 86, [LINE, LINE.replace("lazy", "lame")], {1: 1 - 4 / 86}),
        (0.954, [LINE, LINE.replace("lazy", "lame")], {}),
        (0.95, [LINE, LINE + "s!", LINE + " 1234"], {1: 1 - 2 / 88}),
        (0.95, [LINE + " 1234", LINE], {}),
        (0.95, ["天地玄黄宇宙洪荒日月盈昃", "天地玄黄宇宙洪荒日月盈"], {1: 1 - 1 / 23}),
        (0.96, ["天地玄黄宇宙洪荒日月盈昃", "天地玄黄宇宙洪荒日月盈"], {}),
        (0.95, ["page 1 of 9", "page 2 of 9"], {}),
        (None, [LINE, LINE + "!"], {}),
        (1, [LINE, LINE + "!"], {}),
    ],
)
def test_a_text_nearly_like_an_earlier_one_goes(limit: float | None, texts: list[str], gone: dict[int, float]) -> None:
    decisions = list(RepeatedParagraphs(min_similarity=limit).judge(document(*texts)))
    assert {decision.segment: decision.measured for decision in decisions} == pytest.approx(gone)
    assert {(decision.reason, decision.limit) for decision in decisions} <= {("paragraph_nearly_said_before", limit)}


def test_a_text_is_compared_with_those_that_stay_and_equal_ones_are_told_as_such() -> None:
    texts = [LINE, LINE.replace("lazy", "lame"), LINE.replace("the lazy", "one lame"), LINE.upper()]
    decisions = list(RepeatedParagraphs(min_similarity=0.95).judge(document(*texts)))
    assert [(decision.segment, decision.reason) for decision in decisions] == [
        (1, "paragraph_nearly_said_before"),
        (3, "paragraph_said_before"),
    ]


def test_texts_below_the_least_length_may_be_alike() -> None:
    texts = [LINE, LINE + "."]
    assert list(RepeatedParagraphs(45, min_similarity=0.95).judge(document(*texts))) == []
    assert len(list(RepeatedParagraphs(43, min_similarity=0.95).judge(document(*texts)))) == 1


def test_a_page_of_very_many_long_texts_is_compared_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    # Three texts and the last: six pairs, none with more than 44 characters. With one more there are ten.
    monkeypatch.setattr(repeated_paragraphs, "MOST_COMPARED", 6 * (44 + 64) ** 2)
    others = [str(number) * 44 for number in range(3)]
    for number, gone in ((2, [LINE + "!"]), (3, [])):
        texts = [LINE, *others[:number], LINE + "!"]
        decisions = RepeatedParagraphs(min_similarity=0.95).judge(document(*texts))
        assert [texts[decision.segment or 0] for decision in decisions] == gone


@pytest.mark.parametrize("limit", [0.49, 1.01])
def test_a_similarity_that_makes_no_sense_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="min_similarity is"):
        RepeatedParagraphs(min_similarity=limit)
