"""How much a text surprises a language model of n-grams, made with KenLM, from a file."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from corpusflow.errors import ModelError
from corpusflow.models.ccnet_text import ccnet_text
from corpusflow.models.clean_text import clean_text
from corpusflow.models.file_digest import model_digest
from corpusflow.models.model_file import model_file
from corpusflow.models.packages import distribution_version
from corpusflow.models.remote_file import RemoteFiles

_MOST = 300.0  # exponent at which a perplexity is cut off; over 308 it would be no number


@dataclass(frozen=True)
class KenlmPerplexity(RemoteFiles):
    """Perplexity per word by a model of KenLM (Heafield 2011), taken line by line as in CCNet (Wenzek et al. 2020).

    path: the ARPA or binary file. sentencepiece: file of the model that cuts text into pieces; the text is then
    normalised by `corpusflow.models.ccnet_text`. cased: capitals and accents are kept there: the models that OBELICS
    used want it. Without sentencepiece words are what stands between spaces, as it stands: not for languages without
    spaces. languages: of the documents that are scored, as the language detector names them; all where it is empty. A
    model knows one language: name one for each, with its `languages`.
    """

    path: str
    sentencepiece: str | None = None
    cased: bool = False
    languages: tuple[str, ...] = ()

    measure: ClassVar[str] = "perplexity"
    files: ClassVar[tuple[str, ...]] = ("path", "sentencepiece")

    def __post_init__(self) -> None:
        if self.cased and self.sentencepiece is None:
            raise ValueError("cased says how text is prepared for sentencepiece; name the file of its model too")

    @property
    def name(self) -> str:
        """Raises ModelError when a file is missing: their digests are part of the name."""
        file = _kenlm_file(self.path)
        name = f"{self.measure}/kenlm-{file.stem}-sha256.{model_digest(file)}"
        if self.sentencepiece is not None:
            name += f"-sentencepiece.{model_digest(_pieces_file(self.sentencepiece))}" + "-cased" * self.cased
        return re.sub(r"[^\w./-]", "_", name)

    def prepare(self) -> None:
        distribution_version("kenlm", "kenlm")
        _kenlm_file(self.path)
        if self.sentencepiece is not None:
            distribution_version("sentencepiece", "kenlm")
            _pieces_file(self.sentencepiece)

    def load(self) -> None:
        _model(_kenlm_file(self.path))
        if self.sentencepiece is not None:
            _pieces(_pieces_file(self.sentencepiece))

    def score(self, texts: Sequence[str]) -> list[float]:
        """In [1, inf); 1 for a text without words."""
        return [self._perplexity(text) for text in texts]

    def _perplexity(self, text: str) -> float:
        model = _model(_kenlm_file(self.path))
        logarithm, words = 0.0, 0
        for line in filter(None, map(self._words, text.splitlines())):
            logarithm += model.score(line)
            words += len(line.split()) + 1  # the end of the line is predicted too
        return float(10 ** min(-logarithm / words, _MOST)) if words else 1.0

    def _words(self, line: str) -> str:
        if self.sentencepiece is None:
            return clean_text(line, len(line))
        pieces = _pieces(_pieces_file(self.sentencepiece)).encode(ccnet_text(line, self.cased), out_type=str)
        return " ".join(pieces)


def _kenlm_file(path: str) -> Path:
    return model_file(path, "KenLM model")


def _pieces_file(path: str) -> Path:
    return model_file(path, "sentencepiece model")


@functools.lru_cache(maxsize=32)
def _model(path: Path) -> Any:
    import kenlm

    settings = kenlm.Config()
    settings.show_progress = False
    settings.arpa_complain = kenlm.ARPALoadComplain.NONE
    try:
        return kenlm.Model(str(path), settings)
    except OSError as error:
        raise ModelError(f"{path} is no KenLM model: {error}") from error


@functools.lru_cache(maxsize=32)
def _pieces(path: Path) -> Any:
    import sentencepiece

    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise ModelError(f"{path} is no sentencepiece model: {error}") from error
