from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.image_text_ratio import ImageTextRatio
from tests.documents import document, image

PICTURE = image(200, 200)


@pytest.mark.parametrize(("words", "kept"), [(75, True), (74, False)])
def test_three_images_ask_for_25_words_each(words: int, kept: bool) -> None:
    decisions = list(ImageTextRatio().judge(document(PICTURE, PICTURE, PICTURE, "word " * words)))
    limit = Decision("image_text_ratio", "too_few_words_per_image", None, 74 / 3, 25)
    assert decisions == ([] if kept else [limit])


def test_a_recipe_with_a_picture_and_a_sentence_or_two_for_each_step_is_no_gallery() -> None:
    steps = document(*(segment for _ in range(9) for segment in (PICTURE, "word " * 35)))
    assert list(ImageTextRatio().judge(steps)) == []
    assert len(list(ImageTextRatio(min_words_per_image=50).judge(steps))) == 1


def test_two_images_ask_for_none() -> None:
    assert list(ImageTextRatio().judge(document(PICTURE, PICTURE))) == []
    assert len(list(ImageTextRatio(judged_from=2).judge(document(PICTURE, PICTURE)))) == 1
    assert list(ImageTextRatio(judged_from=1).judge(document("text"))) == []


def test_chinese_words_are_counted_fairly() -> None:
    rule = ImageTextRatio(min_words_per_image=10, judged_from=1)
    assert list(rule.judge(document(PICTURE, "今天天气很好我们去公园散步看花喝茶然后回家"))) == []


@pytest.mark.parametrize("options", [{"min_words_per_image": -1}, {"min_words_per_image": float("nan")}])
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="min_words_per_image"):
        ImageTextRatio(**options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="judged_from"):
        ImageTextRatio(judged_from=0)
