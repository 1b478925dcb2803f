"""Where the faces of a picture are: BlazeFace from a .tflite file, run by OpenVINO."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from corpusflow.document import Face
from corpusflow.errors import ModelError
from corpusflow.models.file_digest import model_digest
from corpusflow.models.model_file import model_file
from corpusflow.models.openvino_network import compiled
from corpusflow.models.packages import distribution_version, package_folder
from corpusflow.models.remote_file import RemoteFiles

if TYPE_CHECKING:
    from PIL.Image import Image

EXTRA = "faces"
MAX_OVERLAP = 0.3  # intersection over union from which two boxes show one face

SIDE = 192  # pixels; input of the full-range model
CELLS = 48  # a side, with one box each


@dataclass(frozen=True)
class BlazeFace(RemoteFiles):
    """BlazeFace (Bazarevsky et al. 2019), the full-range model, which was made for faces up to 5 m away.

    It misses many faces that are small in the picture, turned away or covered. Of 322 photographs of Flickr8k whose
    captions name a man, woman, boy, girl or face it finds a face in 49 % with a score from 0.5, in 63 % from 0.3, and
    in 0 and 3 of 74 whose captions name no people. The models for near faces see one in every second dog.

    path: the file `face_detection_full_range.tflite`. min_score: boxes below it are not kept at all, in (0, 1].
    """

    path: str
    min_score: float = 0.3

    files: ClassVar[tuple[str, ...]] = ("path",)

    def __post_init__(self) -> None:
        if not 0 < self.min_score <= 1:
            raise ValueError(f"min_score is {self.min_score}, it must lie in (0, 1]")

    @property
    def name(self) -> str:
        """Raises ModelError when the file or OpenVINO is missing: both are part of the name."""
        file = _file(self.path)
        stem = re.sub(r"[^\w.-]", "_", file.stem)
        return f"faces/{stem}-sha256.{model_digest(file)}-openvino-{distribution_version('openvino', EXTRA)}"

    def prepare(self) -> None:
        package_folder("openvino", EXTRA)
        _file(self.path)

    def load(self) -> None:
        _model(_file(self.path))

    def find(self, images: Sequence[Image]) -> list[tuple[Face, ...]]:
        # One at a time: the same picture gives the same boxes, whatever stands beside it.
        model = _model(_file(self.path))
        return [model.find(image, self.min_score) for image in images]


class _Model:
    """The network, and the middle of the cell that each of its boxes belongs to."""

    def __init__(self, path: Path) -> None:
        import openvino

        core = openvino.Core()
        try:
            network = core.read_model(path)
        except RuntimeError as error:
            raise ModelError(f"{path} is no model that OpenVINO reads: {error}") from error
        shapes = [tuple(port.shape) for port in (*network.inputs, *network.outputs)]
        boxes = CELLS * CELLS
        if shapes != [(1, SIDE, SIDE, 3), (1, boxes, 16), (1, boxes, 1)]:
            raise ModelError(f"{path} is not the full-range model of BlazeFace: its shapes are {shapes}")
        self._network = compiled(core, network)
        self._centres = _centres()

    def find(self, image: Image, min_score: float) -> tuple[Face, ...]:
        pixels, shown = _square(image)
        result = self._network([pixels])
        raw, logits = result[0][0], result[1][0]
        scores = 1 / (1 + np.exp(-np.clip(logits[:, 0].astype(np.float64), -100, 100)))
        likely = np.flatnonzero(scores >= min_score)
        sides = raw[likely, 2:4].astype(np.float64) / SIDE
        starts = raw[likely, :2].astype(np.float64) / SIDE + self._centres[likely] - sides / 2
        boxes = np.concatenate([starts, starts + sides], axis=1)
        return faces_of(boxes, scores[likely], shown)


def faces_of(boxes: np.ndarray, scores: np.ndarray, shown: tuple[float, float]) -> tuple[Face, ...]:
    """The faces that boxes show, surest first: of boxes that overlap the surest.

    boxes: (N, 4) left, top, right and bottom as shares of the square that the network saw. scores: (N,). shown: the
    shares of its width and height that the picture takes, from the upper left corner.
    """
    scale = np.array([*shown, *shown])
    boxes = np.clip(boxes / scale, 0, 1)
    kept: list[int] = []
    for number in np.lexsort((np.arange(len(scores)), -scores)):
        if all(_overlap(boxes[number], boxes[other]) <= MAX_OVERLAP for other in kept):
            kept.append(int(number))
    return tuple(_face(boxes[number], float(scores[number])) for number in kept if _area(boxes[number]) > 0)


def _face(box: np.ndarray, score: float) -> Face:
    left, top, right, bottom = (round(float(edge), 4) for edge in box)
    return Face(left, top, round(right - left, 4), round(bottom - top, 4), round(score, 4))


def _area(box: np.ndarray) -> float:
    return max(0.0, float(box[2] - box[0])) * max(0.0, float(box[3] - box[1]))


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union."""
    common = _area(np.concatenate([np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])]))
    union = _area(one) + _area(other) - common
    return common / union if union > 0 else 0.0


def _square(image: Image) -> tuple[np.ndarray, tuple[float, float]]:
    """(1, SIDE, SIDE, 3) float32 in [-1, 1], the picture in the upper left corner and black beside it; and the shares
    of width and height that it takes."""
    from PIL.Image import Resampling

    image = image if image.mode == "RGB" else image.convert("RGB")
    scale = SIDE / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    small = image.resize((width, height), Resampling.BILINEAR, reducing_gap=2.0)
    pixels = np.full((1, SIDE, SIDE, 3), -1, np.float32)
    pixels[0, :height, :width] = np.asarray(small, np.float32) / 127.5 - 1
    return pixels, (width / SIDE, height / SIDE)


def _centres() -> np.ndarray:
    """(CELLS * CELLS, 2) shares of the square: the middle of each cell, row by row."""
    rows, columns = np.divmod(np.arange(CELLS * CELLS), CELLS)
    return (np.stack([columns, rows], axis=1) + 0.5) / CELLS


def _file(path: str) -> Path:
    return model_file(path, "BlazeFace model, face_detection_full_range.tflite,")


@functools.cache
def _model(path: Path) -> _Model:
    return _Model(path)
