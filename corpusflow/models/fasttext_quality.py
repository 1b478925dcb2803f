"""How good a text is, by a fastText classifier from a file: any model that was trained to tell texts apart."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from corpusflow.errors import ModelError
from corpusflow.models.clean_text import clean_text
from corpusflow.models.fasttext_file import fasttext_file, fasttext_model, fasttext_name
from corpusflow.models.packages import package_folder
from corpusflow.models.remote_file import RemoteFiles


@dataclass(frozen=True)
class FasttextQuality(RemoteFiles):
    """The probability that a supervised model of fastText (Joulin et al. 2016) gives to one of its labels.

    path: the .bin or .ftz file. label: with its prefix, as the model has it: `__label__hq`. languages: of the
    documents that are scored, as the language detector names them; all where it is empty. The text is read as one line.
    """

    path: str
    label: str
    languages: tuple[str, ...] = ()

    measure: ClassVar[str] = "text_quality"
    files: ClassVar[tuple[str, ...]] = ("path",)

    @property
    def name(self) -> str:
        """Raises ModelError when the file is missing: its digest is part of the name."""
        return f"{fasttext_name(self.measure, self.path)}-{_named(self.label)}"

    def prepare(self) -> None:
        package_folder("fasttext")
        fasttext_file(self.path)

    def load(self) -> None:
        labels = _probabilities(fasttext_model(self.path), "word")
        if self.label not in labels:
            known = ", ".join(sorted(labels)[:5])
            raise ModelError(f"{self.path} has no label {self.label!r}; there are {known}")

    def score(self, texts: Sequence[str]) -> list[float]:
        model = fasttext_model(self.path)
        # Of a text without a known word it gives no label at all.
        return [_probabilities(model, clean_text(text, len(text))).get(self.label, 0.0) for text in texts]


def _named(label: str) -> str:
    """A label without the signs that a scorer's name cannot have; where there were any a digest tells it apart."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", label)
    return plain if plain == label else f"{plain}-{hashlib.sha256(label.encode()).hexdigest()[:8]}"


def _probabilities(model: Any, text: str) -> dict[str, float]:
    """Of all labels; they add up to one only roughly."""
    labels, values = model.predict(text, -1, -1.0)
    return {label: min(1.0, value) for label, value in zip(labels, values, strict=True)}
