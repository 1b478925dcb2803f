"""Image-text similarity from any model that the open_clip library loads."""

from __future__ import annotations

import difflib
import functools
import pickle
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from corpusflow.errors import ModelError
from corpusflow.models.clean_text import clean_text
from corpusflow.models.hub import HubFile, cached_only, fetch, fetch_all
from corpusflow.models.model_file import model_digest, model_file
from corpusflow.models.packages import package_folder
from corpusflow.models.torchvision_shim import ensure_torchvision
from corpusflow.models.unit_rows import unit_rows

if TYPE_CHECKING:
    from PIL.Image import Image

Precision = Literal["fp32", "bf16", "fp16"]

EXTRA = "clip"
HUB = "hf-hub:"
MAX_CHARS = 4000  # far more than the 64 or 77 tokens that these models read
MAX_ASPECT = 8  # of what is resized by its shortest side: of a longer strip it would take hundreds of megabytes
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")  # where open_clip looks, in its order
_FILE_ENDINGS = (".pt", ".pth", ".bin", ".safetensors")
_PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")


@dataclass(frozen=True)
class OpenClip:
    """A CLIP-like model of open_clip.

    architecture: a name that open_clip lists (`ViT-B-32`), or `hf-hub:owner/model`, which brings its own weights.
    pretrained: a tag of that architecture (`laion2b_s34b_b79k`) or the path of a .pt or .safetensors file. A file is
    shown images as most of the architecture's tags want them. device: `auto` takes a GPU where there is one.
    precision: of the weights; bf16 pays only on a GPU or a CPU with AMX (with AVX-512 alone a ViT-B-32 embeds a
    quarter of what it does in fp32), fp16 on a GPU. text_precision: of those that embed texts; `auto` is fp32, which
    is the fastest on a CPU, but where `device` names a GPU it is `precision`. It goes by the options alone, not by
    the machine: the name must be the same in the launcher and in its workers.
    batch_size: every batch has exactly this size, the last one is filled up, because the last digits of a row depend
    on the size of its batch (by 2e-7 in fp32, 6e-6 in bf16), but were the same to the bit at any place among any
    neighbours. So the same inputs give the same bytes on one kind of machine, and one call with many inputs is cheap.

    languages: empty, the library does not say what a model can read.
    """

    architecture: str
    pretrained: str = ""
    precision: Precision = "fp32"
    batch_size: int = 8
    device: str = "auto"
    text_precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"

    languages: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size is {self.batch_size}, must be at least 1")

    @property
    def name(self) -> str:
        """Raises ModelError when the local file is missing: its digest is part of the name."""
        parts = [self.architecture]
        if _is_path(self.pretrained):
            parts.append("sha256." + model_digest(_local_file(self.pretrained)))
        elif self.pretrained:
            parts.append(self.pretrained)
        if self.precision != "fp32":
            parts.append(self.precision)
        if self.precision_of_texts != self.precision:
            parts.append(f"text_{self.precision_of_texts}")
        return "similarity/open_clip-" + re.sub(r"[^\w.-]", "_", "-".join(parts))

    @property
    def precision_of_texts(self) -> Precision:
        if self.text_precision != "auto":
            return self.text_precision
        return self.precision if self.device.startswith("cuda") else "fp32"

    def prepare(self) -> None:
        open_clip = _library()
        self._check(open_clip)
        self._fetch(open_clip)
        if self.device.startswith("cuda") and not _has_cuda():
            raise ModelError(f"device {self.device!r} is asked for, but torch sees no GPU; use 'auto' or 'cpu'")

    def load(self) -> None:
        _model(self)

    def embed_images(self, images: Sequence[Image]) -> np.ndarray:
        return _model(self).images(images)

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return _model(self).texts(texts)

    def _check(self, open_clip: Any) -> None:
        if self.architecture.startswith(HUB):
            if self.pretrained:
                raise ModelError(f"{self.architecture} brings its own weights: leave `pretrained` out")
            return
        known = open_clip.list_models()
        if self.architecture not in known:
            raise ModelError(f"open_clip has no architecture {self.architecture!r}{_similar(self.architecture, known)}")
        tags = open_clip.list_pretrained_tags_by_model(self.architecture)
        if open_clip.get_pretrained_cfg(self.architecture, self.pretrained):
            self._check_activation(open_clip)
        elif _is_path(self.pretrained):
            _local_file(self.pretrained)
        else:
            raise ModelError(
                f"{self.architecture} has no pretrained weights {self.pretrained!r}{_similar(self.pretrained, tags)}; "
                f"its tags: {', '.join(tags) or 'none'}; the path of a local .pt or .safetensors file will do too"
            )

    def _check_activation(self, open_clip: Any) -> None:
        """Weights trained with QuickGELU score wrongly without it; open_clip only warns."""
        trained_with = open_clip.get_pretrained_cfg(self.architecture, self.pretrained).get("quick_gelu", False)
        if trained_with != open_clip.get_model_config(self.architecture).get("quick_gelu", False):
            base = self.architecture.removesuffix("-quickgelu")
            right = f"{base}-quickgelu" if trained_with else base
            raise ModelError(f"the weights {self.pretrained!r} belong to {right!r}, not to {self.architecture!r}")

    def _fetch(self, open_clip: Any) -> None:
        """Brings what loading needs from the hub into its cache. Loads tokenizers, which are small, but no model."""
        if self.architecture.startswith(HUB):
            repository = self.architecture.removeprefix(HUB)
            fetch([HubFile(repository, ("open_clip_config.json",)), HubFile(repository, WEIGHTS)])
        elif tag := open_clip.get_pretrained_cfg(self.architecture, self.pretrained):
            repository, _, name = tag["hf_hub"].rpartition("/")
            own = (str(Path(name).with_suffix(".safetensors")), name) if name else ()
            fetch([HubFile(repository, own or WEIGHTS)])
        with cached_only():
            text = open_clip.get_model_config(self.architecture)["text_cfg"]
        if "hf_model_name" in text:
            fetch([HubFile(text["hf_model_name"], ("config.json",))])
        if "hf_tokenizer_name" in text:
            fetch_all(
                HubFile(text["hf_tokenizer_name"], ("tokenizer_config.json",)),
                lambda: open_clip.get_tokenizer(self.architecture),
            )


class _Model:
    """The loaded model, its preprocessing and its tokenizer."""

    def __init__(self, spec: OpenClip) -> None:
        open_clip = _library()
        import torch

        torch.set_num_threads(1)
        self._torch = torch
        self._batch_size = spec.batch_size
        self._device = spec.device if spec.device != "auto" else "cuda" if _has_cuda() else "cpu"
        self._dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[spec.precision]
        # A worker on another machine than the launcher may have to download.
        spec._fetch(open_clip)
        with cached_only():
            self._image_model, self._preprocess = self._create(open_clip, spec, spec.precision)
            self._text_model = self._image_model
            if spec.precision_of_texts != spec.precision:
                # Loaded again, not cast: bf16 made fp32 stays rounded.
                self._text_model, _ = self._create(open_clip, spec, spec.precision_of_texts)
                self._text_model.visual = None  # half of the memory and more
            self._tokenize = open_clip.get_tokenizer(spec.architecture)
        # The other modes make a strip no larger than the model wants it.
        self._crops = open_clip.get_model_preprocess_cfg(self._image_model)["resize_mode"] == "shortest"

    def _create(self, open_clip: Any, spec: OpenClip, precision: Precision) -> tuple[Any, Any]:
        from safetensors import SafetensorError

        pretrained, preprocessing = spec.pretrained or None, {}
        if not open_clip.get_pretrained_cfg(spec.architecture, spec.pretrained) and pretrained:
            pretrained = str(_local_file(pretrained))
            preprocessing = _usual_preprocessing(open_clip, spec.architecture)
        try:
            model, _, preprocess = open_clip.create_model_and_transforms(
                spec.architecture, pretrained, precision=precision, device=self._device, **preprocessing
            )
        except (RuntimeError, AssertionError, pickle.UnpicklingError, SafetensorError) as error:
            raise ModelError(f"open_clip cannot load {pretrained or ''} as {spec.architecture}: {error}") from error
        return model.eval(), preprocess

    def images(self, images: Sequence[Image]) -> np.ndarray:
        pixels = (self._preprocess(_without_extremes(image) if self._crops else image) for image in images)
        return self._embed(lambda batch: self._image_model.encode_image(batch.to(self._dtype)), pixels)

    def texts(self, texts: Sequence[str]) -> np.ndarray:
        tokens = (self._tokenize([clean_text(text, MAX_CHARS)])[0] for text in texts)
        return self._embed(self._text_model.encode_text, tokens)

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
        with self._torch.inference_mode():
            return np.asarray(encode(self._torch.stack(batch).to(self._device)).float().cpu())

    @functools.cached_property
    def _dimension(self) -> int:
        return len(self.texts([""])[0])


@functools.cache
def _model(spec: OpenClip) -> _Model:
    return _Model(spec)


def _library() -> Any:
    for package in ("torch", "torchvision", "open_clip", "huggingface_hub"):
        package_folder(package, EXTRA)
    ensure_torchvision()
    import open_clip

    return open_clip


def _has_cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def _is_path(pretrained: str) -> bool:
    return "/" in pretrained or pretrained.endswith(_FILE_ENDINGS)


def _local_file(pretrained: str) -> Path:
    if "://" in pretrained:
        raise ModelError(f"weights are not read from {pretrained}; copy the file to every worker and give its path")
    return model_file(pretrained, "file of weights")


def _usual_preprocessing(open_clip: Any, architecture: str) -> dict[str, Any]:
    """Mean, deviation, interpolation and resize mode that most tags of an architecture share; empty without tags."""
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    configs = [open_clip.get_pretrained_cfg(architecture, tag) for tag in tags]
    seen = Counter(tuple(config[key] for key in _PREPROCESSING) for config in configs)
    usual = seen.most_common(1)
    return {f"image_{key}": value for key, value in zip(_PREPROCESSING, usual[0][0], strict=True)} if usual else {}


def _without_extremes(image: Image) -> Image:
    """The middle of an image that is more than MAX_ASPECT times as long as wide, any other image as it is."""
    width, height = image.size
    limit = MAX_ASPECT * min(width, height)
    if max(width, height) <= limit:
        return image
    # As much from either end, a pixel more than the limit if need be: the middle must stay where it is.
    left, top = max(0, (width - limit) // 2), max(0, (height - limit) // 2)
    return image.crop((left, top, width - left, height - top))


def _similar(name: str, known: Sequence[str]) -> str:
    # Case-blind: `vit-b-32` is the commonest slip.
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=5)
    return f"; did you mean {' or '.join(by_folded[match] for match in close)}?" if close else ""
