from __future__ import annotations

import importlib.util
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from corpusflow.document import Face
from corpusflow.errors import ModelError
from corpusflow.models.blazeface import SIDE, BlazeFace, _centres, _square, faces_of

MODEL = os.environ.get("CORPUSFLOW_BLAZEFACE", "")  # no package carries the file without TensorFlow

needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="the extra faces is not installed"
)
needs_model = pytest.mark.skipif(not MODEL, reason="CORPUSFLOW_BLAZEFACE names no face_detection_full_range.tflite")


def test_of_boxes_that_overlap_the_surest_stays() -> None:
    boxes = np.array([[0.1, 0.1, 0.3, 0.3], [0.12, 0.1, 0.32, 0.3], [0.6, 0.6, 0.8, 0.9]])
    found = faces_of(boxes, np.array([0.7, 0.9, 0.8]), (1.0, 1.0))
    assert found == (Face(0.12, 0.1, 0.2, 0.2, 0.9), Face(0.6, 0.6, 0.2, 0.3, 0.8))


def test_boxes_are_shares_of_the_picture_and_end_at_its_edge() -> None:
    """A picture half as high as wide takes the upper half of the square."""
    boxes = np.array([[0.5, 0.25, 0.75, 0.375], [0.9, -0.1, 1.1, 0.1], [0.1, 0.6, 0.2, 0.7]])
    found = faces_of(boxes, np.array([0.9, 0.8, 0.7]), (1.0, 0.5))
    assert found == (Face(0.5, 0.5, 0.25, 0.25, 0.9), Face(0.9, 0, 0.1, 0.2, 0.8))


def test_no_boxes_are_no_faces() -> None:
    assert faces_of(np.empty((0, 4)), np.empty(0), (1.0, 1.0)) == ()


@pytest.mark.parametrize(
    ("size", "shown"), [((400, 200), (1, 0.5)), ((200, 400), (0.5, 1)), ((5000, 1), (1, 1 / SIDE)), ((1, 1), (1, 1))]
)
def test_a_picture_keeps_its_shape_in_the_square(size: tuple[int, int], shown: tuple[float, float]) -> None:
    pixels, part = _square(Image.new("RGB", size, "white"))
    assert (pixels.shape, part) == ((1, SIDE, SIDE, 3), shown)
    white = (pixels[0] == 1).all(axis=2)
    assert (white[0].sum(), white[:, 0].sum()) == (shown[0] * SIDE, shown[1] * SIDE)


def test_cells_are_counted_row_by_row() -> None:
    centres = _centres()
    assert (len(centres), [*centres[1] * 96], [*centres[48] * 96]) == (2304, [3, 1], [1, 3])


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"extra \[faces\]"):
        BlazeFace("any.tflite").prepare()


@needs_openvino
def test_a_missing_file_is_told_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"face_detection_full_range\.tflite"):
        BlazeFace(str(tmp_path / "none.tflite")).prepare()


@needs_openvino
def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.tflite").write_text("no model")
    with pytest.raises(ModelError, match=r"text\.tflite is no model"):
        BlazeFace(str(tmp_path / "text.tflite")).load()


@pytest.mark.parametrize("score", [0.0, 1.1])
def test_an_impossible_score_is_refused(score: float) -> None:
    with pytest.raises(ValueError, match="min_score"):
        BlazeFace("any.tflite", score)


@needs_openvino
@needs_model
def test_a_face_is_found_where_it_is_in_every_shape_of_picture() -> None:
    astronaut = pytest.importorskip("skimage.data", reason="scikit-image carries the photograph").astronaut()
    beside = Image.new("RGB", (900, 512), "green")
    beside.paste(Image.fromarray(astronaut), (388, 0))
    detector = BlazeFace(MODEL)
    detector.prepare()
    detector.load()
    ((alone,), (moved,), empty) = detector.find(
        [Image.fromarray(astronaut), beside, Image.new("RGB", (300, 200), "green")]
    )
    assert empty == ()
    for face, width, left in ((alone, 512, 0), (moved, 900, 388)):
        assert abs((face.x + face.width / 2) * width - left - 225) < 20
        assert abs((face.y + face.height / 2) * 512 - 120) < 20
        assert face.score > 0.8


@needs_openvino
@needs_model
def test_the_boxes_do_not_depend_on_the_batch_and_the_detector_travels_without_its_model() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    pictures = [Image.fromarray(noise), Image.new("RGB", (1, 1)), Image.new("L", (40, 30), 127)]
    detector = BlazeFace(MODEL, 0.01)
    together = detector.find(pictures)
    assert [detector.find([picture])[0] for picture in pictures] == together
    assert detector.find([]) == []
    assert pickle.loads(pickle.dumps(detector)) == detector
