"""What is asked of an export."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

from corpusflow.errors import StartError

Placement = Literal["page", "assigned"]
Side = Literal["before", "after"]  # of an image to the text it is bound to
Images = Literal["before", "after", "either"]
Window = Literal["first", "random", "all"]
Form = Literal["webdataset", "mmc4"]

_CHOICES = {"placement": Placement, "images": Images, "window": Window, "form": Form}


@dataclass(frozen=True)
class ExportOptions:
    """tokens: most of a sample, None for whole documents. max_images: most of a sample, None for all. tokenizer: path
    of a tokenizer.json, empty for the plain rule. shard_bytes: None for what the recipe of the run says.

    Raises StartError for what does not go together.
    """

    placement: Placement = "page"
    images: Images = "before"
    tokens: int | None = None
    max_images: int | None = None
    window: Window = "first"
    tokenizer: str = ""
    form: Form = "webdataset"
    seed: int = 0
    shard_bytes: int | None = None

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in get_args(choices):
                told = ", ".join(get_args(choices))
                raise StartError(f"--{name} {getattr(self, name)}: there are {told}")
        for name in ("tokens", "max_images", "shard_bytes"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise StartError(f"--{name.replace('_', '-')} {value}: 1 at least is wanted")
        if self.window != "first" and self.tokens is None:
            raise StartError(f"--window {self.window}: say how long a window is by --tokens, such as --tokens 256")
        view = (self.placement, self.images, self.tokens, self.max_images)
        if self.form == "mmc4" and view != ("page", "before", None, None):
            raise StartError(
                "--form mmc4 holds whole documents with their similarities, and its readers place pictures and cut "
                "windows themselves: take out --placement, --images, --tokens and --max-images"
            )

    def draw(self, below: int, *words: str | int) -> int:
        """A number from 0 to below - 1 that follows from the seed and these words, which say what it is drawn for; all
        are equally likely over many words."""
        text = " ".join(map(str, (self.seed, *words)))
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % below
