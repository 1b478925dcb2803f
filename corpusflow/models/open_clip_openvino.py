"""The forward pass of an open_clip model by OpenVINO, which is faster than torch on some CPUs."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from corpusflow.errors import ModelError
from corpusflow.models.hub import cached_only
from corpusflow.models.open_clip_forward import torch_model
from corpusflow.models.open_clip_weights import library
from corpusflow.models.openvino_network import compiled
from corpusflow.models.packages import package_folder

if TYPE_CHECKING:
    from corpusflow.models.open_clip import OpenClip, Precision

EXTRA = "openvino"


class OpenVinoForward:
    """Both towers converted from torch, for batches of the spec's size and no other; torch's weights are let go.

    Converting takes seconds (10 of a CPU for both towers of a ViT-B-32). Raises ModelError when OpenVINO is missing
    or cannot run the model.
    """

    def __init__(self, spec: OpenClip) -> None:
        check_openvino()
        open_clip = library()
        import openvino
        from openvino.frontend import OpConversionFailure

        self._core = openvino.Core()
        model = torch_model(spec, "fp32", "cpu")
        self._preprocessing = dict(open_clip.get_model_preprocess_cfg(model))
        size = self._preprocessing["size"]
        height, width = (size, size) if isinstance(size, int) else size
        with cached_only():
            tokens = open_clip.get_tokenizer(spec.architecture)([""] * spec.batch_size).numpy()
        try:
            pixels = np.zeros((spec.batch_size, 3, height, width), np.float32)
            self._images = self._compiled(model, "encode_image", pixels, spec.precision)
            self._texts = self._compiled(model, "encode_text", tokens, spec.precision_of_texts)
        except (RuntimeError, OpConversionFailure) as error:
            raise ModelError(f"OpenVINO cannot run {spec.architecture}; use `backend: torch`: {error}") from error

    def _compiled(self, model: Any, method: str, example: np.ndarray, precision: Precision) -> Any:
        import openvino
        import torch

        class Tower(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.model = model

            def forward(self, batch: Any) -> Any:
                return getattr(self.model, method)(batch)

        with warnings.catch_warnings(), torch.no_grad():
            # That shapes become constants is what is wanted; that tracing is deprecated is OpenVINO's business.
            warnings.simplefilter("ignore", torch.jit.TracerWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            graph = openvino.convert_model(
                Tower().eval(), example_input=torch.from_numpy(example), input=[list(example.shape)]
            )
        return compiled(self._core, graph, "bf16" if precision == "bf16" else "f32")

    def preprocessing(self) -> dict[str, Any]:
        return self._preprocessing

    def images(self, pixels: np.ndarray) -> np.ndarray:
        return np.asarray(self._images(pixels)[0], np.float32)

    def texts(self, tokens: np.ndarray) -> np.ndarray:
        return np.asarray(self._texts(tokens)[0], np.float32)


def check_openvino() -> None:
    """Raises ModelError when the package is not installed."""
    package_folder("openvino", EXTRA)
