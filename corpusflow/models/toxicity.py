"""How likely an English text is abusive, by the classifier that ships inside alt-profanity-check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.models.packages import distribution_version, package_file

_PACKAGE, _DISTRIBUTION, _EXTRA = "profanity_check", "alt-profanity-check", "toxicity"


@dataclass(frozen=True)
class Toxicity:
    """Probability in [0, 1] by a linear model over words, trained on English comments: it knows insults and swearing,
    not threats in plain words, and takes some harmless words for others. Only documents in English are scored.

    The model is a pickle inside the package, which therefore asks for one exact version of scikit-learn.
    """

    measure: ClassVar[str] = "toxicity"
    languages: ClassVar[tuple[str, ...]] = ("en",)
    files: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        return f"{self.measure}/{_DISTRIBUTION}-{distribution_version(_DISTRIBUTION, _EXTRA)}"

    def prepare(self) -> None:
        package_file(_PACKAGE, "data/model.joblib", _EXTRA)
        package_file(_PACKAGE, "data/vectorizer.joblib", _EXTRA)
        distribution_version("scikit-learn", _EXTRA)

    def load(self) -> None:
        import profanity_check  # noqa: F401 (it loads its model when it is imported)

    def score(self, texts: Sequence[str]) -> list[float]:
        from profanity_check import predict_prob

        return [float(value) for value in predict_prob(list(texts))] if texts else []
