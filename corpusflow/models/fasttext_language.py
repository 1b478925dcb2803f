"""Which language a text is in, by a fastText model from a file: OpenLID, GlotLID, lid.176.bin or one of your own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from corpusflow.document import Score
from corpusflow.models.clean_text import clean_text
from corpusflow.models.fasttext_file import fasttext_file, fasttext_model, fasttext_name
from corpusflow.models.iso639 import shortest_code
from corpusflow.models.language import UNDETERMINED, iso_code
from corpusflow.models.packages import package_folder
from corpusflow.models.remote_file import RemoteFiles

_PREFIX = "__label__"


@dataclass(frozen=True)
class FasttextLanguage(RemoteFiles):
    """A classifier of fastText (Joulin et al. 2016) whose labels are languages, `__label__en` or `__label__eng_Latn`.

    path: the .bin or .ftz file. max_chars: how much of a text is read. Labels lose their script and become ISO 639-1
    where there is such a code; the model's own texts should have been cleaned as its card says.
    """

    path: str
    max_chars: int = 1000

    files: ClassVar[tuple[str, ...]] = ("path",)

    @property
    def name(self) -> str:
        """Raises ModelError when the file is missing: its digest is part of the name."""
        return fasttext_name("language", self.path)

    def prepare(self) -> None:
        package_folder("fasttext")
        fasttext_file(self.path)

    def load(self) -> None:
        fasttext_model(self.path)

    def score(self, texts: Sequence[str]) -> list[Score]:
        model, name = fasttext_model(self.path), self.name
        return [_score(model, name, clean_text(text, self.max_chars)) for text in texts]


def _score(model: Any, name: str, text: str) -> Score:
    labels, probabilities = model.predict(text, 1) if any(map(str.isalpha, text)) else ([], [])
    if not labels:
        return Score(name, 0.0, label=UNDETERMINED)
    label, probability = labels[0], probabilities[0]
    code, _, script = label.removeprefix(_PREFIX).partition("_")
    # With a script it is ISO 639-3, where `als` is Tosk Albanian; without one it is lid.176, where it is Alemannic.
    code = shortest_code(code) if script else iso_code(code)
    return Score(name, min(1.0, probability), label=code)  # its probabilities add up to one only roughly
