"""Lines that say whose a picture or a text is, in some twelve languages."""

# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import re

from corpusflow.text.bylines import is_name
from corpusflow.text.dates import without_dates
from corpusflow.text.measures import words
from corpusflow.text.sentences import ends_a_sentence

# Whatever follows these is a name.
_CREDIT = re.compile(
    r"[\W_]*(?:"
    r"(?:photo|image|picture|video|cover|illustration|graphic|photography)s?"
    r" (?:credits?|courtesy|source|by|copyright|rights|license)\b"
    r"|photograph(?:s|ed)? by\b|courtesy of\b|copyright\s?:|©|\(c\)"
    r"|(?:bild|foto)(?:quellen?|nachweis|rechte|credits?)\b|bildrechte\b"
    r"|crédits?(?:[- ]photos?)?\s?:|(?:crédits?|copyright)[- ]photos?\b|photos? ©"
    r"|créditos?\s?:|foto de\b|fotografía de\b|imagen de\b|foto di\b|credit[is]? foto\b|immagine di\b"
    r"|fot\.\s|zdj\.\s|fotografie\s?:"
    r"|(?:图片来源|圖片來源|图源|图/|圖/|摄影|攝影|供图|写真提供|画像提供|撮影|写真|画像|出典|사진\s?제공|사진|출처)\s?[:：=/／]"
    r")",
    re.I,
)
# What follows these may be a name, or tell what is to be seen.
_LABEL = re.compile(
    r"[\W_]*(?:photos?|pics?|pictures?|images?|photographers?|credits?|source|illustrations?|graphic"
    r"|fotos?|bild(?:er)?|quellen?|grafik|illustration|fotograf(?:in)?|crédit|imagen|imágenes|fuente|imagem|fonte"
    r"|immagine|beeld|bron|zdjęcie|zdjęcia|źródło|zdroj|källa|fotoğraf|kaynak|фото|источник|来源|來源|图片|圖片)"
    r"\s?(?:[:：|©/]|by\b|via\b)\s*",
    re.I,
)
_LONGEST_NAMES = 6  # words of a credit with a full stop behind it

_AGENCIES = (
    r"(?:getty(?: images)?|shutterstock|istock(?:photo)?|unsplash|pixabay|pexels|alamy|adobe stock|fotolia|imago"
    r"|reuters|afp|dpa|epa|apa|ap(?: photo)?|picture[ -]alliance|wikimedia(?: commons)?|flickr|depositphotos)"
)
_AGENCY = re.compile(rf"\W*(?:{_AGENCIES}(?:\W+|\Z))+", re.I)
_FOR_AGENCY = re.compile(rf"(.*?)(?:/\s?{_AGENCIES}\s?)+\W*", re.I)
_SOURCE_OF_TEXT = re.compile(
    r"[\W_]*(?:special thanks\b|(?:originally |first )?published (?:by|in|at|on)\b|reprinted\b|copyright by\b"
    r"|this (?:article|post|story|piece|text) (?:was |has been )?(?:first |originally |also )*"
    r"(?:published|appeared|posted)\b"
    r"|mit freundlicher genehmigung\b|herausgegeben von\b"
    r"|(?:dieser|der) (?:artikel|beitrag|text) (?:ist|erschien|wurde) zuerst\b"
    r"|cet article (?:a été|est) (?:initialement |d'abord )?(?:publié|paru)\b|avec l'aimable autorisation\b"
    r"|este artículo (?:se publicó|fue publicado|apareció)\b|(?:remerciements?|agradecimientos?)\s?:"
    r"|(?:questo )?articolo (?:è stato )?(?:originariamente )?pubblicato\b"
    r"|dit artikel (?:is|verscheen) (?:eerder|oorspronkelijk)\b)",
    re.I,
)

# Words of a caption that speaks of the file or of what to do with it.
FILE_WORDS = (
    "download",
    "loading",
    "enlarge",
    "herunterladen",
    "vergrößern",
    "bild anzeigen",
    "télécharger",
    "agrandir",
    "descargar",
    "ampliar",
    "scarica",
    "ingrandire",
    "ingrandisci",
    "baixar",
    "vergroten",
    "powiększyć",
    "zvětšit",
    "увеличить",
    "скачать",
    "点击放大",
    "点击查看大图",
    "クリックで拡大",
)


def is_photo_credit(text: str) -> bool:
    """Whether a short text names whose a picture is and says nothing more: `Photo: Jane Doe/AP`, `(Bild: NASA)`,
    `Getty Images`. The caller bounds the length."""
    agency = _FOR_AGENCY.fullmatch(text)
    if _AGENCY.fullmatch(text) or (agency is not None and is_name(agency[1])):
        return True
    if _CREDIT.match(text):
        # A caption may stand behind the name: `(c) Jane Doe The bridge was opened in May.`
        return words(text) <= _LONGEST_NAMES or not ends_a_sentence(text)
    label = _LABEL.match(text)
    if label is None:
        return False
    rest = text[label.end() :]
    return _AGENCY.fullmatch(rest) is not None or is_name(without_dates(rest))


def is_source_line(text: str) -> bool:
    """Whether a short text begins to tell where it was published or whom to thank: `This article first appeared in`,
    `Mit freundlicher Genehmigung`. The caller bounds the length."""
    return _SOURCE_OF_TEXT.match(text) is not None
