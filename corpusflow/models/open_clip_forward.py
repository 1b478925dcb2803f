"""The forward pass of an open_clip model: arrays in, arrays out, so that its callers can be in other processes."""

from __future__ import annotations

import pickle
import re
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from corpusflow.errors import ModelError
from corpusflow.models.hub import cached_only
from corpusflow.models.open_clip_weights import fetch_weights, library, misfit, weights_to_load

if TYPE_CHECKING:
    from corpusflow.models.open_clip import OpenClip, Precision


class Forward(Protocol):
    """What embeds the batches of an OpenClip. The last digits of a row depend on the size of its batch."""

    def preprocessing(self) -> dict[str, Any]:
        """How an image becomes pixels: the fields of open_clip's PreprocessCfg."""

    def images(self, pixels: np.ndarray) -> np.ndarray:
        """(B, D) float32, not of unit length, from (B, 3, height, width) float32."""

    def texts(self, tokens: np.ndarray) -> np.ndarray:
        """(B, D) float32, not of unit length, from (B, context length) int64."""


class TorchForward:
    """The model in this process, on the device of its spec. Raises ModelError when its weights do not fit."""

    def __init__(self, spec: OpenClip) -> None:
        open_clip = library()
        import torch

        torch.set_num_threads(1)
        self._torch = torch
        self._device = device_of(spec)
        self._dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[spec.precision]
        self._image_model = self._text_model = torch_model(spec, spec.precision, self._device)
        if spec.precision_of_texts != spec.precision:
            # Loaded again, not cast: bf16 made fp32 stays rounded.
            self._text_model = torch_model(spec, spec.precision_of_texts, self._device)
            self._text_model.visual = None  # half of the memory and more
        self._preprocessing = dict(open_clip.get_model_preprocess_cfg(self._image_model))

    def preprocessing(self) -> dict[str, Any]:
        return self._preprocessing

    def images(self, pixels: np.ndarray) -> np.ndarray:
        return self._run(lambda batch: self._image_model.encode_image(batch.to(self._dtype)), pixels)

    def texts(self, tokens: np.ndarray) -> np.ndarray:
        return self._run(self._text_model.encode_text, tokens)

    def _run(self, encode: Any, batch: np.ndarray) -> np.ndarray:
        with self._torch.inference_mode():
            return np.asarray(encode(self._torch.from_numpy(batch).to(self._device)).float().cpu())


def torch_model(spec: OpenClip, precision: Precision, device: str) -> Any:
    """The model of a spec as torch has it. Raises ModelError when its weights do not fit."""
    open_clip = library()
    from safetensors import SafetensorError

    # What a file that is no state dict, or a broken one, makes torch and open_clip raise.
    faults = (RuntimeError, OSError, EOFError, AssertionError, AttributeError, TypeError, StopIteration)

    # A worker on another machine than the launcher may have to download.
    fetch_weights(open_clip, spec.architecture, spec.pretrained)
    pretrained, preprocessing = weights_to_load(open_clip, spec.architecture, spec.pretrained)
    try:
        with cached_only():
            model, _, _ = open_clip.create_model_and_transforms(
                spec.architecture, pretrained, precision=precision, device=device, **preprocessing
            )
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{spec.pretrained or spec.architecture} holds more than weights: Python objects, which could run any "
            "program, are not loaded; save the model's state_dict() alone"
        ) from error
    except (*faults, SafetensorError) as error:
        raise ModelError(_fault(spec, str(error) or type(error).__name__)) from error
    return model.eval()


def _fault(spec: OpenClip, said: str) -> str:
    """One line of what torch or open_clip said, who list every tensor of a model."""
    said = said.strip()
    pretrained = spec.pretrained or spec.architecture
    if "loading state_dict" in said:
        if shape := re.search(r"size mismatch for (.*)", said):
            return misfit(pretrained, spec.architecture, f"size mismatch for {shape[1].rstrip('. ')}")
        if missing := re.search(r'Missing key.*?"(.*?)"', said):
            return misfit(pretrained, spec.architecture, f"there is no {missing[1]}")
        if extra := re.search(r'Unexpected key.*?"(.*?)"', said):
            return misfit(pretrained, spec.architecture, f"nothing there is called {extra[1]}")
    if "pos_embed" in said:
        return misfit(pretrained, spec.architecture, said)
    return f"open_clip cannot load {pretrained} as {spec.architecture}: {said.splitlines()[0]}"


def device_of(spec: OpenClip) -> str:
    if spec.device != "auto":
        return spec.device
    return "cuda" if spec.backend == "torch" and has_cuda() else "cpu"


def has_cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())
