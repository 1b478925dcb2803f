from __future__ import annotations

import pytest

from corpusflow.decision import Decision
from filters.image_text_ratio import ImageTextRatio
from tests.documents import document, image

PICTURE = image(200, 200)


@pytest.mark.parametrize(("words", "kept"), [(150, True), (149, False)])
def test_three_images_ask_for_fifty_words_each(words: int, kept: bool) -> None:
    decisions = list(ImageTextRatio().judge(document(PICTURE, PICTURE, PICTURE, "word " * words)))
    limit = Decision("image_text_ratio", "too_few_words_per_image", None, 149 / 3, 50)
    assert decisions == ([] if kept else [limit])


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
