"""OpenVINO gives what torch gives. The weights are random: that two ways agree is tested, never accuracy."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from corpusflow.errors import ModelError
from corpusflow.models import open_clip as ours
from corpusflow.models.open_clip import OpenClip
from tests.corpusflow.models.test_open_clip_parity import TEXTS, odd_pictures, wake
from tests.corpusflow.models.tiny_clip import NAME, library_with_tiny, save_weights

needs_packages = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in ("torch", "open_clip", "openvino")),
    reason="the extras clip and openvino are not installed",
)

# Between numbers of rows of unit length.
MAX_DIFFERENCE = 1e-6


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with library_with_tiny(tmp_path_factory.mktemp("config")) as library:
        yield library


def random_weights(library: Any, architecture: str, folder: Path) -> str:
    import torch

    torch.manual_seed(0)
    model = library.create_model(architecture)
    wake(model)
    return save_weights(model, folder / f"{architecture}.safetensors")


@pytest.fixture(scope="module")
def weights(library: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    yield random_weights(library, NAME, tmp_path_factory.mktemp("weights"))
    ours._model.cache_clear()


def tiny(weights: str, precision: Any = "fp32", text_precision: Any = "fp32") -> OpenClip:
    """The same for all tests: converting takes seconds, and a model stays loaded until the last of them."""
    return OpenClip(NAME, weights, precision, batch_size=3, text_precision=text_precision, backend="openvino")


def assert_agree(openvino: OpenClip, torch_: OpenClip) -> None:
    images, texts = openvino.embed_images(odd_pictures()), openvino.embed_texts(TEXTS)
    # A batch that is full and one that is not.
    assert len(images) % openvino.batch_size
    assert len(texts) % openvino.batch_size
    assert images.dtype == texts.dtype == np.float32
    assert np.abs(images - torch_.embed_images(odd_pictures())).max() <= MAX_DIFFERENCE
    assert np.abs(texts - torch_.embed_texts(TEXTS)).max() <= MAX_DIFFERENCE
    assert images.std(axis=0).max() > 1000 * MAX_DIFFERENCE


@needs_packages
def test_embeddings_of_a_published_architecture_are_those_of_torch(library: Any, tmp_path: Path) -> None:
    path = random_weights(library, "MobileCLIP2-S0", tmp_path)
    torch_ = OpenClip("MobileCLIP2-S0", path, batch_size=4)
    openvino = replace(torch_, backend="openvino")
    for scorer in (torch_, openvino):
        scorer.prepare()
        scorer.load()
    # It is 300 MB, and pytest keeps what three runs left.
    Path(path).unlink()
    assert_agree(openvino, torch_)
    ours._model.cache_clear()


@needs_packages
def test_its_embeddings_are_those_of_torch(weights: str) -> None:
    assert_agree(tiny(weights), replace(tiny(weights), backend="torch"))


@needs_packages
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_bytes_of_a_row_do_not_depend_on_its_place_or_its_neighbours(weights: str, precision: Any) -> None:
    scorer, pictures = tiny(weights, precision, precision), odd_pictures()
    images, texts = scorer.embed_images(pictures), scorer.embed_texts(TEXTS)
    assert scorer.embed_images(pictures[::-1])[::-1].tobytes() == images.tobytes()
    assert scorer.embed_images(pictures[5:6]).tobytes() == images[5].tobytes()
    assert scorer.embed_texts(TEXTS[::-1])[::-1].tobytes() == texts.tobytes()
    assert scorer.embed_texts(TEXTS[3:4]).tobytes() == texts[3].tobytes()


@needs_packages
def test_images_and_texts_have_each_their_own_precision(weights: str) -> None:
    fp32, mixed, whole = tiny(weights), tiny(weights, "bf16"), tiny(weights, "bf16", "bf16")
    assert mixed.embed_texts(TEXTS).tobytes() == fp32.embed_texts(TEXTS).tobytes()
    assert mixed.embed_images(odd_pictures()).tobytes() == whole.embed_images(odd_pictures()).tobytes()
    for rounded, exact in (
        (whole.embed_images(odd_pictures()), fp32.embed_images(odd_pictures())),
        (whole.embed_texts(TEXTS), fp32.embed_texts(TEXTS)),
    ):
        assert MAX_DIFFERENCE < np.abs(rounded - exact).max() < 0.05


@needs_packages
def test_torchs_weights_are_let_go(weights: str) -> None:
    import gc

    import torch

    gc.collect()
    before = sum(type(each) is torch.nn.Parameter for each in gc.get_objects())
    forward = tiny(weights).own_forward()
    gc.collect()
    assert sum(type(each) is torch.nn.Parameter for each in gc.get_objects()) == before
    del forward  # only now


@needs_packages
def test_one_thread_computes_and_is_bound_to_no_core(weights: str) -> None:
    forward = ours._model(tiny(weights))._forward
    for tower in (forward._images, forward._texts):
        assert tower.get_property("INFERENCE_NUM_THREADS") == 1
        assert not tower.get_property("ENABLE_CPU_PINNING")


@needs_packages
def test_no_pictures_and_no_texts_work(weights: str) -> None:
    scorer = tiny(weights)
    assert scorer.embed_images([]).shape == scorer.embed_texts([]).shape == (0, 32)
    assert np.isfinite(scorer.embed_images([Image.new("RGB", (1, 1))])).all()


@needs_packages
def test_a_gpu_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from corpusflow.models import open_clip_forward

    monkeypatch.setattr(open_clip_forward, "has_cuda", lambda: True)
    assert not OpenClip("ViT-B-32", "openai", backend="openvino").on_gpu
    assert OpenClip("ViT-B-32", "openai").on_gpu


def test_the_name_carries_the_backend_that_is_not_torch() -> None:
    assert OpenClip("ViT-B-32", "openai").name == "similarity/open_clip-ViT-B-32-openai"
    scorer = OpenClip("ViT-B-32", "openai", "bf16", backend="openvino")
    assert scorer.name == "similarity/open_clip-ViT-B-32-openai-bf16-text_fp32-openvino"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "cuda"}, r"device is 'cuda', but the backend openvino runs on the CPU"),
        ({"precision": "fp16"}, "the backend openvino has fp32 and bf16 only"),
        ({"text_precision": "fp16"}, "the backend openvino has fp32 and bf16 only"),
    ],
)
def test_what_it_cannot_do_is_told_when_the_recipe_is_read(options: dict[str, str], message: str) -> None:
    whole = {"architecture": "ViT-B-32", "pretrained": "openai", **options}
    TypeAdapter(OpenClip).validate_python(whole)
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(OpenClip).validate_python(whole | {"backend": "openvino"})
    assert TypeAdapter(OpenClip).validate_python(
        whole | {"backend": "openvino", "device": "cpu"} | dict.fromkeys(("precision", "text_precision"), "bf16")
    )


@needs_packages
def test_a_missing_package_is_told(weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "openvino" else find(name))
    OpenClip(NAME, weights).prepare()
    with pytest.raises(ModelError, match=r"openvino is not installed.*extra \[openvino\]"):
        OpenClip(NAME, weights, backend="openvino").prepare()


@needs_packages
def test_a_model_that_it_cannot_run_is_told(weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import openvino

    def refuse(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no such operation")

    monkeypatch.setattr(openvino, "convert_model", refuse)
    with pytest.raises(ModelError, match=r"cannot run Tiny-Test; use `backend: torch`: no such operation"):
        tiny(weights).own_forward()
