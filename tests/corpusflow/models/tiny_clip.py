"""A small architecture for open_clip, made for tests: nothing is to be learned from its numbers but that they agree."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from corpusflow.models.torchvision_shim import ensure_torchvision

NAME = "Tiny-Test"
CONFIG = {
    "embed_dim": 32,
    "vision_cfg": {
        "image_size": 32,
        "layers": 1,
        "width": 64,
        "patch_size": 16,
        "head_width": 32,
        "patch_dropout": 0.5,
    },
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}


@contextlib.contextmanager
def library_with_tiny(folder: Path) -> Iterator[Any]:
    """open_clip, which knows the small architecture inside. folder: for its configuration."""
    ensure_torchvision()
    import open_clip

    config = folder / f"{NAME}.json"
    config.write_text(json.dumps(CONFIG))
    before = list(open_clip.factory._MODEL_CONFIG_PATHS)
    open_clip.add_model_config(config)
    try:
        yield open_clip
    finally:
        open_clip.factory._MODEL_CONFIG_PATHS[:] = before
        open_clip.factory._MODEL_CONFIGS.pop(NAME)


def save_weights(model: Any, path: Path) -> str:
    """Saves a model's weights as the ending says, .pt or .safetensors; returns the path as a recipe has it."""
    import torch
    from safetensors.torch import save_file

    if path.suffix == ".safetensors":
        save_file(model.state_dict(), path)
    else:
        torch.save(model.state_dict(), path)
    return str(path)
