"""Which language a text is in, by py3langid."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpusflow.document import Score
from corpusflow.models.clean_text import clean_text
from corpusflow.models.language import UNDETERMINED
from corpusflow.models.packages import distribution_version, package_folder

EXTRA = "languages"


@dataclass(frozen=True)
class Py3langid:
    """py3langid (after Lui and Baldwin 2012; BSD), in the extra `languages`: on sentences in 33 common languages as
    good as any, four times slower than cld2 and some seconds to load.

    max_chars: how much of a text is read.
    """

    max_chars: int = 1000

    @property
    def name(self) -> str:
        return f"language/py3langid-{distribution_version('py3langid', EXTRA)}"

    def prepare(self) -> None:
        package_folder("py3langid", EXTRA)

    def load(self) -> None:
        _identifier()

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._score(clean_text(text, self.max_chars)) for text in texts]

    def _score(self, text: str) -> Score:
        if not any(map(str.isalpha, text)):
            return Score(self.name, 0.0, label=UNDETERMINED)
        label, probability = _identifier().classify(text)
        return Score(self.name, round(min(1.0, probability), 6), label=str(label))


@functools.cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
