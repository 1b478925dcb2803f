"""The model is small and of random weights: loading, batching and parity are tested, never accuracy."""

from __future__ import annotations

import importlib.util
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from corpusflow.errors import ModelError
from corpusflow.models import open_clip as ours
from corpusflow.models.open_clip import OpenClip
from corpusflow.models.open_clip_weights import usual_preprocessing
from tests.corpusflow.models.tiny_clip import CONFIG, NAME, library_with_tiny, save_weights

needs_library = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in ("torch", "open_clip")),
    reason="the extra clip is not installed",
)

TEXTS = ["a dog", "", "two red cars in front of a house", "word " * 500, "שלום 🎉 \ud83d\x00"]


def pictures() -> list[Image.Image]:
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    colours = ["white", "blue", "orange", "black", "grey"]
    return [Image.fromarray(noise), *(Image.new("RGB", (40, 30 + i), colour) for i, colour in enumerate(colours))]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with library_with_tiny(tmp_path_factory.mktemp("config")) as library:
        yield library


def random_weights(library: Any, path: Path) -> str:
    import torch

    torch.manual_seed(0)
    return save_weights(library.create_model(NAME), path)


@pytest.fixture(scope="module")
def weights(library: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    return random_weights(library, tmp_path_factory.mktemp("weights") / "tiny.pt")


@needs_library
def test_embeddings_are_those_of_open_clip(library: Any, weights: str) -> None:
    import torch

    scorer = OpenClip("Tiny-Test", weights)
    scorer.prepare()
    scorer.load()
    model, _, preprocess = library.create_model_and_transforms("Tiny-Test", weights)
    model.eval()
    with torch.inference_mode():
        images = model.encode_image(torch.stack([preprocess(picture) for picture in pictures()]), normalize=True)
        texts = model.encode_text(library.get_tokenizer("Tiny-Test")(TEXTS[:3]), normalize=True)
    assert scorer.embed_images(pictures()) == pytest.approx(images.numpy(), abs=1e-6)
    assert scorer.embed_texts(TEXTS[:3]) == pytest.approx(texts.numpy(), abs=1e-6)


@needs_library
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("batch_size", [1, 4, 8])
def test_the_bytes_of_a_row_do_not_depend_on_its_place_or_its_neighbours(
    library: Any, weights: str, precision: Any, batch_size: int
) -> None:
    scorer = OpenClip("Tiny-Test", weights, precision, batch_size, text_precision=precision)
    images, texts = scorer.embed_images(pictures()), scorer.embed_texts(TEXTS)
    assert images.dtype == texts.dtype == np.float32
    assert images.shape == (6, 32)
    assert np.linalg.norm(images, axis=1) == pytest.approx(1, abs=1e-6)
    assert np.linalg.norm(texts, axis=1) == pytest.approx(1, abs=1e-6)
    assert scorer.embed_images(pictures()[::-1])[::-1].tobytes() == images.tobytes()
    assert scorer.embed_images(pictures()[5:]).tobytes() == images[5].tobytes()
    assert scorer.embed_texts(TEXTS[::-1])[::-1].tobytes() == texts.tobytes()
    assert scorer.embed_texts(TEXTS[2:3]).tobytes() == texts[2].tobytes()


@pytest.mark.parametrize(
    ("device", "expected"), [("cpu", "fp32"), ("auto", "fp32"), ("cuda", "bf16"), ("cuda:1", "bf16")]
)
def test_texts_take_the_precision_of_images_only_where_the_recipe_names_a_gpu(device: str, expected: str) -> None:
    assert OpenClip("ViT-B-32", "openai", "bf16", device=device).precision_of_texts == expected
    asked = OpenClip("ViT-B-32", "openai", "bf16", device=device, text_precision="fp16")
    assert asked.precision_of_texts == "fp16"


@needs_library
@pytest.mark.parametrize(("images", "texts"), [("bf16", "auto"), ("bf16", "fp32"), ("fp32", "bf16"), ("bf16", "bf16")])
def test_images_and_texts_have_each_their_own_precision(library: Any, weights: str, images: Any, texts: Any) -> None:
    def same(precision: Any) -> OpenClip:
        return OpenClip("Tiny-Test", weights, precision, text_precision=precision)

    scorer = OpenClip("Tiny-Test", weights, images, text_precision=texts)
    assert scorer.embed_images(pictures()).tobytes() == same(images).embed_images(pictures()).tobytes()
    expected = same("fp32" if texts == "auto" else texts)
    assert scorer.embed_texts(TEXTS).tobytes() == expected.embed_texts(TEXTS).tobytes()
    assert same("bf16").embed_texts(TEXTS).tobytes() != same("fp32").embed_texts(TEXTS).tobytes()


@needs_library
def test_every_batch_has_the_same_size(library: Any, weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    run = ours._Model._run

    def counted(model: Any, encode: Any, batch: list[Any]) -> np.ndarray:
        sizes.append(len(batch))
        return run(model, encode, batch)

    monkeypatch.setattr(ours._Model, "_run", counted)
    assert OpenClip("Tiny-Test", weights, batch_size=4).embed_images(pictures()).shape == (6, 32)
    assert sizes == [4, 4]


@needs_library
def test_a_long_strip_is_cropped_before_it_is_resized(
    library: Any, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, sizes = OpenClip("Tiny-Test", weights), []
    preprocess = ours._model(scorer)._preprocess
    monkeypatch.setattr(ours._model(scorer), "_preprocess", lambda image: sizes.append(image.size) or preprocess(image))
    scorer.embed_images([Image.new("RGB", (1, 5000))])
    assert sizes == [(1, 8)]


@needs_library
def test_odd_pictures_and_no_pictures_work(library: Any, weights: str) -> None:
    scorer = OpenClip("Tiny-Test", weights)
    odd = [Image.new("RGB", size, "red") for size in ((1, 1), (1, 5000), (5000, 1))] + [Image.new("L", (9, 9), 7)]
    assert np.isfinite(scorer.embed_images(odd)).all()
    assert scorer.embed_images([]).shape == scorer.embed_texts([]).shape == (0, 32)


def test_only_extreme_strips_are_cropped_to_their_middle() -> None:
    assert ours._without_extremes(Image.new("RGB", (10, 80))).size == (10, 80)
    assert ours._without_extremes(Image.new("RGB", (10, 82))).size == (10, 80)
    assert ours._without_extremes(Image.new("RGB", (10, 83))).size == (10, 81)
    strip = Image.new("RGB", (100, 1), "white")
    strip.paste("black", (46, 0, 54, 1))
    cropped = ours._without_extremes(strip)
    assert cropped.size == (8, 1)
    assert cropped.getextrema() == ((0, 0),) * 3


@needs_library
def test_safetensors_and_pt_of_the_same_weights_give_the_same_bytes(library: Any, weights: str, tmp_path: Path) -> None:
    other = random_weights(library, tmp_path / "tiny.safetensors")
    rows = [OpenClip("Tiny-Test", path).embed_texts(["a dog"]).tobytes() for path in (weights, other)]
    assert rows[0] == rows[1]


def test_the_name_follows_the_bytes_of_a_local_file_and_not_its_place(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pt", tmp_path / "b.pt"
    first.write_bytes(b"weights")
    second.write_bytes(b"weights")
    name = OpenClip("ViT-B-32", str(first)).name
    assert name.startswith("similarity/open_clip-ViT-B-32-sha256.")
    assert OpenClip("ViT-B-32", str(second)).name == name
    first.write_bytes(b"other weights")
    assert OpenClip("ViT-B-32", str(first)).name != name


def test_the_name_carries_tag_and_precision() -> None:
    assert OpenClip("ViT-B-32", "laion2b_s34b_b79k").name == "similarity/open_clip-ViT-B-32-laion2b_s34b_b79k"
    images_only = OpenClip("ViT-B-32", "openai", "bf16")
    assert images_only.name == "similarity/open_clip-ViT-B-32-openai-bf16-text_fp32"
    whole = OpenClip("ViT-B-32", "openai", "bf16", text_precision="bf16")
    assert whole.name == "similarity/open_clip-ViT-B-32-openai-bf16"
    texts_only = OpenClip("ViT-B-32", "openai", text_precision="bf16")
    assert texts_only.name == "similarity/open_clip-ViT-B-32-openai-text_bf16"
    assert OpenClip("hf-hub:owner/model").name == "similarity/open_clip-hf-hub_owner_model"


def test_the_name_of_a_missing_file_is_told_as_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no file of weights .*gone\.pt"):
        _ = OpenClip("ViT-B-32", str(tmp_path / "gone.pt")).name


@needs_library
@pytest.mark.parametrize(
    ("scorer", "message"),
    [
        (OpenClip("vit-b32", "openai"), r"no architecture 'vit-b32'; did you mean .*ViT-B-32"),
        (
            OpenClip("ViT-B-32", "laion2b_s34b"),
            r"'laion2b_s34b'; did you mean laion2b_s34b_b79k( or \w+)*\?; the path or address of a \.pt",
        ),
        (OpenClip("ViT-B-32"), r"no pretrained weights ''; its tags: openai, .*address of a \.pt"),
        (OpenClip("ViT-S-32", "openai"), r"its tags: none"),
        (OpenClip("ViT-B-32", "no/such/file.safetensors"), r"no file of weights 'no/such/file\.safetensors'"),
        (OpenClip("ViT-B-32", "openai"), r"the weights 'openai' belong to 'ViT-B-32-quickgelu'"),
        (OpenClip("ViT-B-32-quickgelu", "zzz"), r"'zzz'; its tags: .*, metaclip_fullcc; the path"),
        (
            OpenClip("ViT-B-32", "hf-hub:owner/model"),
            r"hf-hub:owner/model brings its own architecture: name it as `arch",
        ),
        (OpenClip("hf-hub:owner/model", "openai"), r"brings its own weights"),
    ],
)
def test_a_mistake_is_told_before_anything_is_loaded(scorer: OpenClip, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        scorer.prepare()


@needs_library
def test_weights_of_another_architecture_are_told(library: Any, weights: str) -> None:
    with pytest.raises(
        ModelError, match=r"weights in .*tiny\.pt do not fit ViT-S-32-alt: text pos_embed width changed"
    ):
        OpenClip("ViT-S-32-alt", weights).load()


@needs_library
def test_safetensors_of_another_architecture_are_told_before_anything_is_loaded(library: Any, tmp_path: Path) -> None:
    other = random_weights(library, tmp_path / "tiny.safetensors")
    OpenClip("Tiny-Test", other).prepare()
    fault = r"visual\.conv1\.weight has the shape \[64, 3, 16, 16\], not \[384, 3, 32, 32\]; name the architecture"
    with pytest.raises(ModelError, match=rf"weights in .*tiny\.safetensors do not fit ViT-S-32-alt: {fault}"):
        OpenClip("ViT-S-32-alt", other).prepare()


@needs_library
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"visual.proj": None}, r"do not fit Tiny-Test: there is no visual\.proj; name"),
        ({"visual.project": (2,)}, r"do not fit Tiny-Test: nothing there is called visual\.project; name"),
        (
            {"visual.proj": (3, 2)},
            r"do not fit Tiny-Test: size mismatch for visual\.proj: .*\[3, 2\].*\[64, 32\]\); name",
        ),
    ],
)
def test_of_weights_that_do_not_fit_the_first_that_does_not_is_told(
    library: Any, weights: str, tmp_path: Path, change: dict[str, tuple[int, ...] | None], message: str
) -> None:
    import torch

    tensors = torch.load(weights) | {name: shape and torch.zeros(shape) for name, shape in change.items()}
    path = tmp_path / "changed.pt"
    torch.save({name: tensor for name, tensor in tensors.items() if tensor is not None}, path)
    with pytest.raises(ModelError, match=rf"^the weights in .*changed\.pt {message}[^\n]*$"):
        OpenClip("Tiny-Test", str(path)).load()


@needs_library
@pytest.mark.parametrize("name", ["page.pt", "page.safetensors"])
@pytest.mark.parametrize("step", ["prepare", "load"])
def test_a_file_that_holds_no_weights_is_told(library: Any, tmp_path: Path, name: str, step: str) -> None:
    (tmp_path / name).write_text("<html>not found</html>")
    with pytest.raises(ModelError, match=rf"^/.*{name} is no file of \w+ weights: it begins with '<html>"):
        getattr(OpenClip("Tiny-Test", str(tmp_path / name)), step)()


@needs_library
def test_what_torch_wrote_but_is_no_state_dict_is_told_without_its_advice(library: Any, tmp_path: Path) -> None:
    import torch

    path = tmp_path / "whole.pt"
    for content, message in (
        (
            library.create_model("Tiny-Test"),
            r"whole\.pt holds more than weights: .*; save the model's state_dict\(\) alone",
        ),
        ([1, 2], r"cannot load .*whole\.pt as Tiny-Test: 'list' object has no attribute"),
        ({}, r"cannot load .*whole\.pt as Tiny-Test: StopIteration"),
    ):
        torch.save(content, path)
        with pytest.raises(ModelError, match=message) as error:
            OpenClip("Tiny-Test", str(path)).load()
        assert "weights_only" not in str(error.value)


@needs_library
def test_a_gpu_that_is_not_there_is_told(library: Any, weights: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "has_cuda", lambda: False)
    OpenClip("Tiny-Test", weights, device="auto").prepare()
    with pytest.raises(ModelError, match="torch sees no GPU"):
        OpenClip("Tiny-Test", weights, device="cuda").prepare()


@needs_library
def test_a_local_file_gets_the_preprocessing_of_the_architectures_tags(library: Any) -> None:
    usual = usual_preprocessing(library, "ViT-B-16-SigLIP")
    assert usual == {
        "image_mean": (0.5, 0.5, 0.5),
        "image_std": (0.5, 0.5, 0.5),
        "image_interpolation": "bicubic",
        "image_resize_mode": "squash",
    }
    assert usual_preprocessing(library, "Tiny-Test") == {}


@needs_library
def test_the_scorer_travels_without_its_model_and_prepares_without_loading_it(library: Any, weights: str) -> None:
    ours._model.cache_clear()
    scorer = OpenClip("Tiny-Test", weights)
    scorer.prepare()
    assert ours._model.cache_info().currsize == 0
    scorer.load()
    pickle.loads(pickle.dumps(scorer)).load()
    assert ours._model.cache_info().misses == 1
    assert len(pickle.dumps(scorer)) < 1000


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"extra \[clip\]"):
        OpenClip("ViT-B-32", "openai").prepare()


def test_a_batch_holds_at_least_one() -> None:
    with pytest.raises(ValueError, match="batch_size is 0"):
        OpenClip("ViT-B-32", "openai", batch_size=0)


def _in_cache(cache: Path, repository: str, name: str, source: Path) -> None:
    folder = cache / f"models--{repository.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    (folder / "snapshots" / ("0" * 40)).mkdir(parents=True)
    (folder / "snapshots" / ("0" * 40) / name).write_bytes(source.read_bytes())


@pytest.fixture
def tag(library: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A tag of the small model whose weights are on the hub, an empty cache, and a hub that nobody can reach."""
    from huggingface_hub import constants

    config = {"url": "", "hf_hub": "owner/tiny/", "mean": (0.5,) * 3, "std": (0.5,) * 3}
    config |= {"interpolation": "bicubic", "resize_mode": "squash"}
    monkeypatch.setitem(library.pretrained._PRETRAINED, "Tiny-Test", {"tag": config})
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    return tmp_path


@needs_library
def test_weights_in_the_hubs_cache_are_loaded_without_a_network(library: Any, weights: str, tag: Path) -> None:
    import torch

    _in_cache(tag, "owner/tiny", "open_clip_pytorch_model.bin", Path(weights))
    ours._model.cache_clear()
    scorer = OpenClip("Tiny-Test", "tag")
    scorer.prepare()
    # With the tag's own preprocessing, which is not the library's default.
    model, _, preprocess = library.create_model_and_transforms(
        "Tiny-Test", weights, image_mean=(0.5,) * 3, image_std=(0.5,) * 3, image_resize_mode="squash"
    )
    model.eval()
    # Where the whole of an image is squashed, the whole of a strip is.
    strip = Image.new("RGB", (900, 3), "white")
    strip.paste("black", (600, 0, 900, 3))
    shown = [*pictures(), strip]
    with torch.inference_mode():
        images = model.encode_image(torch.stack([preprocess(picture) for picture in shown]), normalize=True)
    assert scorer.embed_images(shown) == pytest.approx(images.numpy(), abs=1e-6)


@needs_library
def test_weights_that_cannot_be_had_are_told_with_the_ways_out(tag: Path) -> None:
    with pytest.raises(ModelError, match=r"owner/tiny/open_clip_model\.safetensors .*does not answer.*HF_HOME.*conse"):
        OpenClip("Tiny-Test", "tag").prepare()


@needs_library
def test_a_model_of_the_hub_brings_its_own_configuration(library: Any, weights: str, tag: Path) -> None:
    config = tag / "config.json"
    config.write_text(json.dumps({"model_cfg": CONFIG, "preprocess_cfg": {}}))
    _in_cache(tag, "owner/whole", "open_clip_config.json", config)
    snapshot = tag / "models--owner--whole" / "snapshots" / ("0" * 40)
    (snapshot / "open_clip_pytorch_model.bin").write_bytes(Path(weights).read_bytes())
    scorer = OpenClip("hf-hub:owner/whole")
    scorer.prepare()
    assert scorer.embed_texts(["a dog"]).tobytes() == OpenClip("Tiny-Test", weights).embed_texts(["a dog"]).tobytes()
