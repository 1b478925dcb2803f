"""Image-text similarity from any model that the open_clip library loads."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from corpusflow.errors import MachineError
from corpusflow.models.clean_text import clean_text
from corpusflow.models.file_digest import model_digest
from corpusflow.models.hub import cached_only
from corpusflow.models.open_clip_forward import Forward, TorchForward, device_of, has_cuda
from corpusflow.models.open_clip_openvino import OpenVinoForward, check_openvino
from corpusflow.models.open_clip_weights import (
    check_weights,
    fetch_weights,
    is_file_of_weights,
    library,
    weights_file,
)
from corpusflow.models.remote_file import RemoteFiles
from corpusflow.models.unit_rows import unit_rows

if TYPE_CHECKING:
    from PIL.Image import Image

Precision = Literal["fp32", "bf16", "fp16"]

MAX_CHARS = 4000  # far more than the 64 or 77 tokens that these models read
MAX_ASPECT = 8  # of what is resized by its shortest side: of a longer strip it would take hundreds of megabytes


@dataclass(frozen=True)
class OpenClip(RemoteFiles):
    """A CLIP-like model of open_clip.

    architecture: a name that open_clip lists (`ViT-B-32`), or `hf-hub:owner/model`, which brings its own weights.
    pretrained: a tag of that architecture (`laion2b_s34b_b79k`), the path of a .pt or .safetensors file, or the address
    of one (`gs://bucket/model.pt`, see `corpusflow.models.remote_file`). A file is shown images as most of the
    architecture's tags want them. device: `auto` takes the first GPU where there is one, `cuda:1` the second; all
    processes of a machine use the same, and other GPUs stay idle.
    precision: of the weights; bf16 pays only on a GPU or a CPU with AMX (with AVX-512 alone a ViT-B-32 embeds a
    quarter of what it does in fp32), fp16 on a GPU. text_precision: of those that embed texts; `auto` is fp32, which
    is the fastest on a CPU, but where `device` names a GPU it is `precision`. It goes by the options alone, not by
    the machine: the name must be the same in the launcher and in its workers.
    batch_size: every batch has exactly this size, the last one is filled up, because the last digits of a row depend
    on the size of its batch (by 2e-7 in fp32, 6e-6 in bf16), but were the same to the bit at any place among any
    neighbours. So the same inputs give the same bytes on one kind of machine, and one call with many inputs is cheap.
    backend: openvino (extra `openvino`) runs on the CPU only, in fp32 or bf16. With AVX-512 and one thread it embedded
    per second 1.13 times the images and 1.14 times the texts of torch's ViT-B-32 in fp32, of MobileCLIP2-S0 2.3 and
    1.1 times; its numbers are torch's but for 3e-7. Its bf16 without AMX takes 35 times as long as fp32.

    Of a text the first 77 tokens are read (64 by some models): some 350 characters of English; the rest of it is not
    compared.

    Which languages a model reads the library does not say.
    """

    architecture: str
    pretrained: str = ""
    precision: Precision = "fp32"
    batch_size: int = 8
    device: str = "auto"
    text_precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    backend: Literal["torch", "openvino"] = "torch"

    files: ClassVar[tuple[str, ...]] = ("pretrained",)
    languages: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}, must be at least 1")
        if self.backend == "openvino":
            if self.device not in ("auto", "cpu"):
                raise ValueError(f"device is {self.device!r}, but the backend openvino runs on the CPU: auto or cpu")
            if "fp16" in (self.precision, self.text_precision):
                raise ValueError("precision is fp16, but the backend openvino has fp32 and bf16 only")

    @property
    def name(self) -> str:
        """Raises ModelError when the file of weights is missing: its digest is part of the name."""
        parts = [self.architecture]
        if is_file_of_weights(self.pretrained):
            parts.append("sha256." + model_digest(weights_file(self.pretrained)))
        elif self.pretrained:
            parts.append(self.pretrained)
        if self.precision != "fp32":
            parts.append(self.precision)
        if self.precision_of_texts != self.precision:
            parts.append(f"text_{self.precision_of_texts}")
        if self.backend != "torch":
            parts.append(self.backend)
        return "similarity/open_clip-" + re.sub(r"[^\w.-]", "_", "-".join(parts))

    @property
    def precision_of_texts(self) -> Precision:
        if self.text_precision != "auto":
            return self.text_precision
        return self.precision if self.device.startswith("cuda") else "fp32"

    def prepare(self) -> None:
        open_clip = library()
        if self.backend == "openvino":
            check_openvino()
        check_weights(open_clip, self.architecture, self.pretrained)
        fetch_weights(open_clip, self.architecture, self.pretrained)
        if self.device.startswith("cuda") and not has_cuda():
            raise MachineError(f"device {self.device!r} is asked for, but torch sees no GPU; use 'auto' or 'cpu'")

    @property
    def on_gpu(self) -> bool:
        """Whether the forward pass runs on a GPU of this machine: processes do better to share a model there."""
        return device_of(self).startswith("cuda")

    def load(self) -> None:
        _model(self)

    def own_forward(self) -> Forward:
        """Loads the model into this process. Raises ModelError."""
        return OpenVinoForward(self) if self.backend == "openvino" else TorchForward(self)

    def embed_images(self, images: Iterable[Image]) -> np.ndarray:
        return _model(self).images(images)

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return _model(self).texts(texts)


class _Model:
    """Preprocessing and tokenizer of a model, in batches for its forward pass."""

    def __init__(self, spec: OpenClip, forward: Forward) -> None:
        open_clip = library()
        import torch
        from open_clip.transform import PreprocessCfg, image_transform_v2

        torch.set_num_threads(1)
        self._torch = torch
        self._batch_size = spec.batch_size
        self._forward = forward
        preprocessing = forward.preprocessing()
        with cached_only():
            self._tokenize = open_clip.get_tokenizer(spec.architecture)
        self._preprocess = image_transform_v2(PreprocessCfg(**preprocessing), is_train=False)
        # The other modes make a strip no larger than the model wants it.
        self._crops = preprocessing["resize_mode"] == "shortest"

    def images(self, images: Iterable[Image]) -> np.ndarray:
        pixels = (self._preprocess(_without_extremes(image) if self._crops else image) for image in images)
        return self._embed(self._forward.images, pixels)

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        tokens = (self._tokenize([clean_text(text, MAX_CHARS)])[0] for text in texts)
        return self._embed(self._forward.texts, tokens)

    def _embed(self, encode: Any, rows: Iterable[Any]) -> np.ndarray:
        batches, batch = [], []
        for row in rows:
            batch.append(row)
            if len(batch) == self._batch_size:
                batches.append(self._run(encode, batch))
                batch = []
        if batch:
            filled = batch + batch[-1:] * (self._batch_size - len(batch))
            batches.append(self._run(encode, filled)[: len(batch)])
        return unit_rows(np.concatenate(batches)) if batches else np.empty((0, self._dimension), np.float32)

    def _run(self, encode: Any, batch: list[Any]) -> np.ndarray:
        return np.asarray(encode(self._torch.stack(batch).numpy()))

    @functools.cached_property
    def _dimension(self) -> int:
        return len(self.texts([""])[0])


_forward_on_gpu: Callable[[OpenClip], Forward] = OpenClip.own_forward


def run_gpu_models_by(make: Callable[[OpenClip], Forward]) -> None:
    """From now on this process does not load models that run on a GPU, but takes their forward pass from `make`."""
    global _forward_on_gpu
    _forward_on_gpu = make


@functools.cache
def _model(spec: OpenClip) -> _Model:
    return _Model(spec, _forward_on_gpu(spec) if spec.on_gpu else spec.own_forward())


def _without_extremes(image: Image) -> Image:
    """The middle of an image that is more than MAX_ASPECT times as long as wide, any other image as it is."""
    width, height = image.size
    limit = MAX_ASPECT * min(width, height)
    if max(width, height) <= limit:
        return image
    # As much from either end, a pixel more than the limit if need be: the middle must stay where it is.
    left, top = max(0, (width - limit) // 2), max(0, (height - limit) // 2)
    return image.crop((left, top, width - left, height - top))
