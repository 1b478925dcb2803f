"""Where the weights of an open_clip model come from: checked, and brought here before any worker starts."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpusflow.errors import ModelError
from corpusflow.models.hub import HubFile, cached_only, fetch, fetch_all
from corpusflow.models.model_file import model_file
from corpusflow.models.packages import package_folder
from corpusflow.models.torch_file import check_torch_file, safetensors_shapes
from corpusflow.models.torchvision_shim import ensure_torchvision

EXTRA = "clip"
HUB = "hf-hub:"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")  # where open_clip looks, in its order
_PATCHES = "visual.conv1.weight"  # (width, 3, patch, patch) in the vision transformers that are open_clip's own
_FILE_ENDINGS = (".pt", ".pth", ".bin", ".safetensors")
_PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")


def library() -> Any:
    """The package open_clip. Raises ModelError when something of its extra is missing."""
    for package in ("torch", "torchvision", "open_clip", "huggingface_hub"):
        package_folder(package, EXTRA)
    ensure_torchvision()
    import open_clip

    return open_clip


def is_file_of_weights(pretrained: str) -> bool:
    """Whether it is the path or the address of a file, by its looks: no tag has a slash or such an ending."""
    return ("/" in pretrained or pretrained.endswith(_FILE_ENDINGS)) and not pretrained.startswith(HUB)


def weights_file(pretrained: str) -> Path:
    """The file, or the copy of what stands at an address, which is there. Raises ModelError otherwise."""
    return model_file(pretrained, "file of weights")


def _checked_file(open_clip: Any, architecture: str, pretrained: str) -> Path:
    """The file, which looks like weights of the architecture. Raises ModelError otherwise."""
    file = weights_file(pretrained)
    check_torch_file(file, pretrained)
    vision = open_clip.get_model_config(architecture)["vision_cfg"]
    # ResNets say that their patch_size is null.
    if file.suffix == ".safetensors" and vision.get("patch_size") and "width" in vision:
        # The layer by which most architectures differ; of .pt files the shapes are known once they are loaded.
        has = safetensors_shapes(file, pretrained).get(_PATCHES)
        wanted = [vision["width"], 3, vision["patch_size"], vision["patch_size"]]
        if has not in (None, wanted):
            raise ModelError(misfit(pretrained, architecture, f"{_PATCHES} has the shape {has}, not {wanted}"))
    return file


def misfit(pretrained: str, architecture: str, fault: str) -> str:
    return f"the weights in {pretrained} do not fit {architecture}: {fault}; name the architecture that they belong to"


def check_weights(open_clip: Any, architecture: str, pretrained: str) -> None:
    """Raises ModelError, with what was likely meant, when open_clip has no such model."""
    if architecture.startswith(HUB):
        if pretrained:
            raise ModelError(f"{architecture} brings its own weights: leave `pretrained` out")
        return
    known = open_clip.list_models()
    if architecture not in known:
        raise ModelError(f"open_clip has no architecture {architecture!r}{_similar(architecture, known)}")
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if open_clip.get_pretrained_cfg(architecture, pretrained):
        _check_activation(open_clip, architecture, pretrained)
    elif is_file_of_weights(pretrained):
        _checked_file(open_clip, architecture, pretrained)
    elif pretrained.startswith(HUB):
        raise ModelError(f"{pretrained} brings its own architecture: name it as `architecture`, without `pretrained`")
    else:
        ways = _similar(pretrained, tags) or f"; its tags: {', '.join(tags) or 'none'}"
        raise ModelError(
            f"{architecture} has no pretrained weights {pretrained!r}{ways}; "
            "the path or address of a .pt or .safetensors file will do too"
        )


def _check_activation(open_clip: Any, architecture: str, pretrained: str) -> None:
    """Weights trained with QuickGELU score wrongly without it; open_clip only warns."""
    trained_with = open_clip.get_pretrained_cfg(architecture, pretrained).get("quick_gelu", False)
    if trained_with != open_clip.get_model_config(architecture).get("quick_gelu", False):
        base = architecture.removesuffix("-quickgelu")
        right = f"{base}-quickgelu" if trained_with else base
        raise ModelError(f"the weights {pretrained!r} belong to {right!r}, not to {architecture!r}")


def fetch_weights(open_clip: Any, architecture: str, pretrained: str) -> None:
    """Brings what loading needs from the hub into its cache. Loads tokenizers, which are small, but no model."""
    if architecture.startswith(HUB):
        repository = architecture.removeprefix(HUB)
        fetch([HubFile(repository, ("open_clip_config.json",)), HubFile(repository, WEIGHTS)])
    elif tag := open_clip.get_pretrained_cfg(architecture, pretrained):
        repository, _, name = tag["hf_hub"].rpartition("/")
        own = (str(Path(name).with_suffix(".safetensors")), name) if name else ()
        fetch([HubFile(repository, own or WEIGHTS)])
    with cached_only():
        text = open_clip.get_model_config(architecture)["text_cfg"]
    if "hf_model_name" in text:
        fetch([HubFile(text["hf_model_name"], ("config.json",))])
    if "hf_tokenizer_name" in text:
        fetch_all(
            HubFile(text["hf_tokenizer_name"], ("tokenizer_config.json",)),
            lambda: open_clip.get_tokenizer(architecture),
        )


def weights_to_load(open_clip: Any, architecture: str, pretrained: str) -> tuple[str | None, dict[str, Any]]:
    """What open_clip is to load, a tag or a path, and the preprocessing that it would not know of by itself."""
    if not pretrained or open_clip.get_pretrained_cfg(architecture, pretrained):
        return pretrained or None, {}
    return str(_checked_file(open_clip, architecture, pretrained)), usual_preprocessing(open_clip, architecture)


def usual_preprocessing(open_clip: Any, architecture: str) -> dict[str, Any]:
    """Mean, deviation, interpolation and resize mode that most tags of an architecture share; empty without tags."""
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    configs = [open_clip.get_pretrained_cfg(architecture, tag) for tag in tags]
    seen = Counter(tuple(config[key] for key in _PREPROCESSING) for config in configs)
    usual = seen.most_common(1)
    return {f"image_{key}": value for key, value in zip(_PREPROCESSING, usual[0][0], strict=True)} if usual else {}


def _similar(name: str, known: Sequence[str]) -> str:
    # Case-blind: `vit-b-32` is the commonest slip.
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(name.casefold(), by_folded, n=5)
    return f"; did you mean {' or '.join(by_folded[match] for match in close)}?" if close else ""
