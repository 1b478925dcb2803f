"""What the benchmark of alignment compares: our stages, open_clip called directly, and a scorer called directly."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from benchmarks.align_made import Pages, write_blocks
from corpusflow.models.conse import Conse
from corpusflow.models.torchvision_shim import ensure_torchvision
from corpusflow.store.block import Block
from corpusflow.store.paths import LocalStore
from tests.transforms.blocks import after, small_recipe
from transforms.align import align_stage
from transforms.embed import embed_stage, similarity_scorer
from transforms.image_facts import image_facts

MODEL = "ViT-B-32"
BATCH = 8
SIDE, CONTEXT, WORDS = 224, 77, 49_408  # pixels, tokens and vocabulary of MODEL


class Took(NamedTuple):
    """How many images or texts were done, and how long that took: on the CPU, and by the clock."""

    items: int
    cpu_s: float
    wall_s: float


class Ours:
    """The stages, whose model is loaded, on the blocks of a run directory. `begin` makes a new one, or all embeddings
    would be known. The methods return how many images or texts are distinct."""

    def __init__(self, similarity: dict[str, Any], pages: Pages, folder: Path) -> None:
        self._recipe = small_recipe(embed={"similarity": similarity})
        self._pages = pages
        self._folder = folder
        self._turns = 0
        scorer = similarity_scorer(self._recipe)
        assert scorer is not None
        # What a model does first takes longer.
        scorer.embed_images([Image.new("RGB", (SIDE, SIDE))] * BATCH)
        scorer.embed_texts([""] * BATCH)

    def begin(self) -> None:
        self._turns += 1
        self._store = LocalStore(str(self._folder / str(self._turns)))
        self._images, self._documents = write_blocks(self._store, self._pages)

    def embed(self) -> int:
        self._embedded = after(embed_stage(self._recipe, self._store), self._images)
        return len(self._pages.distinct_pictures)

    def align(self) -> int:
        facts = sorted(fact for _, fact in image_facts(self._embedded, self._store))
        block = Block(self._documents.id, self._documents.inputs, tuple(facts))
        after(align_stage(self._recipe, self._store), block)
        return len(self._pages.distinct_texts)


class OpenClipAlone:
    """MODEL as open_clip loads it: forward passes over what lies ready, its two preparations, and a loop one by one.

    Each method returns how many images or texts it did.
    """

    def __init__(self, weights: Path, precision: str, pages: Pages, folder: Path) -> None:
        import open_clip
        import torch

        self._torch, self._pages = torch, pages
        made = open_clip.create_model_and_transforms(MODEL, str(weights), precision=precision)
        self._model, self._preprocess = made[0].eval(), made[2]
        self._tokenize = open_clip.get_tokenizer(MODEL)
        self._dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
        self._pixels = torch.randn(BATCH, 3, SIDE, SIDE, dtype=self._dtype)
        self._tokens = torch.randint(1, WORDS, (BATCH, CONTEXT))
        self._files = [folder / f"{number}.jpg" for number in range(len(pages.pictures))]
        for file, data in zip(self._files, pages.pictures, strict=True):
            file.write_bytes(data)
        self._forward(self._model.encode_image, self._pixels, BATCH)
        self._forward(self._model.encode_text, self._tokens, BATCH)

    def forward_images(self) -> int:
        return self._forward(self._model.encode_image, self._pixels, len(self._pages.distinct_pictures))

    def forward_texts(self) -> int:
        return self._forward(self._model.encode_text, self._tokens, len(self._pages.distinct_texts))

    def _forward(self, encode: Any, batch: Any, wanted: int) -> int:
        batches = max(1, wanted // BATCH)
        with self._torch.inference_mode():
            for _ in range(batches):
                encode(batch)
        return batches * BATCH

    def prepare_images(self) -> int:
        for data in self._pages.distinct_pictures:
            with Image.open(io.BytesIO(data)) as image:
                self._preprocess(image.convert("RGB"))
        return len(self._pages.distinct_pictures)

    def prepare_texts(self) -> int:
        return sum(len(self._tokenize(text)) for text in self._pages.distinct_texts)

    def images_one_by_one(self) -> int:
        with self._torch.inference_mode():
            for file in self._files:
                with Image.open(file) as image:
                    pixels = self._preprocess(image)[None].to(self._dtype)
                self._model.encode_image(pixels, normalize=True).float().numpy()
        return len(self._files)

    def texts_one_by_one(self) -> int:
        texts = [text for texts in self._pages.texts for text in texts]
        with self._torch.inference_mode():
            for text in texts:
                self._model.encode_text(self._tokenize([text]), normalize=True).float().numpy()
        return len(texts)


class ConseAlone:
    """The scorer called directly. Its forward pass cannot be had without its preparations, which are small."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._pictures = [self._decoded(data) for data in pages.distinct_pictures]

    @staticmethod
    def _decoded(data: bytes) -> Image.Image:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")

    def forward_images(self) -> int:
        return len(Conse().embed_images(self._pictures))

    def forward_texts(self) -> int:
        return len(Conse().embed_texts(self._pages.distinct_texts))

    def prepare_images(self) -> int:
        return len([self._decoded(data) for data in self._pages.distinct_pictures])


def random_weights(folder: Path) -> Path:
    """Of MODEL. What it costs does not depend on them."""
    ensure_torchvision()
    import open_clip
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    file = folder / "weights.pt"
    if not file.exists():
        torch.save(open_clip.create_model(MODEL).state_dict(), file)
    return file
