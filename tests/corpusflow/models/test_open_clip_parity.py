"""The numbers are those of a direct call of open_clip, whatever the images and texts.

The weights are random, from a fixed seed: what is tested is that two ways agree, never accuracy.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpusflow.align.similarity import similarity
from corpusflow.models import open_clip as ours
from corpusflow.models.open_clip import OpenClip
from tests.corpusflow.models.tiny_clip import NAME, library_with_tiny, save_weights

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in ("torch", "open_clip")),
    reason="the extra clip is not installed",
)

# Between numbers of rows of unit length. Batches of another size alone make 2e-7, see OpenClip.
MAX_DIFFERENCE = 1e-6
# Of a strip, which is cropped before it is resized: the resize rounds its longer side to whole pixels.
MAX_STRIP_DIFFERENCE = 2e-4

# How each architecture's published weights want images; MobileCLIP2-S0 is built on timm, with a tower of convolutions.
CLIP_MEAN, CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
ARCHITECTURES = {
    "ViT-B-32": {"image_mean": CLIP_MEAN, "image_std": CLIP_STD, "image_interpolation": "bicubic"},
    "MobileCLIP2-S0": {"image_mean": (0.0,) * 3, "image_std": (1.0,) * 3, "image_interpolation": "bilinear"},
    NAME: {},
}
TEXTS = ["a dog", "", "   ", "two red cars in front of a house", "word " * 500, "Ein Größenvergleich", "שלום 🎉"]


def noise(width: int, height: int, mode: str = "RGB", seed: int = 0) -> Image.Image:
    shape = (height, width) if mode == "L" else (height, width, len(mode))
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8), mode)


def odd_pictures() -> list[Image.Image]:
    sizes = [(1, 1), (56, 7), (7, 56), (31, 33), (640, 427)]
    return [noise(*size, seed=seed) for seed, size in enumerate(sizes)] + [noise(50, 40, "L"), noise(40, 50, "RGBA")]


def wake(model: Any) -> None:
    """Before training MobileCLIP's layers are scaled by 1e-5, and all images have nearly the same embedding."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("gamma"):
                parameter.fill_(1)


@dataclass(frozen=True)
class Both:
    """The scorer, and the model whose weights it was given as a file, called directly."""

    scorer: OpenClip
    model: Any
    preprocess: Any
    tokenize: Any

    def images(self, images: Sequence[Image.Image]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            batch = torch.stack([self.preprocess(image) for image in images])
            return self.model.encode_image(batch, normalize=True).numpy()

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        import torch

        with torch.inference_mode():
            return self.model.encode_text(self.tokenize(list(texts)), normalize=True).numpy()


def both(library: Any, architecture: str, folder: Path) -> Both:
    import torch

    torch.manual_seed(0)
    model, _, preprocess = library.create_model_and_transforms(architecture, **ARCHITECTURES[architecture])
    wake(model)
    weights = Path(save_weights(model, folder / f"{architecture}.safetensors"))
    scorer = OpenClip(architecture, str(weights))
    scorer.load()
    weights.unlink()  # some are 600 MB, and pytest keeps what three runs left
    return Both(scorer, model.eval(), preprocess, library.get_tokenizer(architecture))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with library_with_tiny(tmp_path_factory.mktemp("config")) as library:
        yield library


@pytest.fixture(scope="module", params=["ViT-B-32", "MobileCLIP2-S0"])
def pair(request: pytest.FixtureRequest, library: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    yield both(library, request.param, tmp_path_factory.mktemp("weights"))
    ours._model.cache_clear()


def assert_same(mine: np.ndarray, direct: np.ndarray) -> None:
    assert mine.shape == direct.shape
    assert np.abs(mine - direct).max() <= MAX_DIFFERENCE
    # Else rows in the wrong order would pass.
    apart = np.linalg.norm(direct[:, None] - direct[None], axis=2)[~np.eye(len(direct), dtype=bool)]
    assert len(direct) == 1 or apart.min() > 1000 * MAX_DIFFERENCE


def test_images_of_odd_sizes_and_modes_are_embedded_as_open_clip_does(pair: Both) -> None:
    assert_same(pair.scorer.embed_images(odd_pictures()), pair.images(odd_pictures()))


def test_strips_are_embedded_as_open_clip_does_but_for_a_rounding(pair: Both) -> None:
    strips = [noise(5000, 7), noise(7, 5001), noise(5003, 13)]
    mine, direct = pair.scorer.embed_images(strips), pair.images(strips)
    assert np.abs(mine - direct).max() <= MAX_STRIP_DIFFERENCE
    assert np.abs(direct[0] - direct[1]).max() > 10 * MAX_STRIP_DIFFERENCE


def test_a_batch_that_is_full_and_one_that_is_not_are_embedded_as_open_clip_does(pair: Both) -> None:
    pictures = [noise(64 + seed, 48, seed=seed) for seed in range(9)]
    assert pair.scorer.batch_size == 8
    assert_same(pair.scorer.embed_images(pictures), pair.images(pictures))


def test_texts_the_empty_one_too_are_embedded_as_open_clip_does(pair: Both) -> None:
    mine, direct = pair.scorer.embed_texts(TEXTS), pair.texts(TEXTS)
    assert np.abs(mine - direct).max() <= MAX_DIFFERENCE
    assert mine[1].tobytes() == mine[2].tobytes()
    assert len(np.unique(direct, axis=0)) == len(TEXTS) - 1


def test_one_image_and_no_text_have_a_similarity_without_rows(pair: Both) -> None:
    images, texts = pair.scorer.embed_images([noise(30, 20)]), pair.scorer.embed_texts([])
    assert_same(images, pair.images([noise(30, 20)]))
    assert texts.shape == (0, images.shape[1])
    assert similarity(texts, images).shape == (0, 1)


def test_two_hundred_images_and_two_thousand_texts_have_the_similarity_that_open_clip_gives(
    library: Any, tmp_path: Path
) -> None:
    pair = both(library, NAME, tmp_path)
    pictures = [noise(20 + seed % 37, 20 + seed % 23, seed=seed) for seed in range(200)]
    texts = [f"picture {number} of {number * number}" for number in range(2000)]
    images, words = pair.scorer.embed_images(pictures), pair.scorer.embed_texts(texts)
    assert_same(images, pair.images(pictures))
    assert np.abs(words - pair.texts(texts)).max() <= MAX_DIFFERENCE
    mine, direct = similarity(words, images), pair.texts(texts) @ pair.images(pictures).T
    assert mine.shape == (2000, 200)
    assert np.abs(mine - direct).max() <= MAX_DIFFERENCE
    assert direct.std() > 1000 * MAX_DIFFERENCE
