"""Lines that say who wrote a text, in some twelve languages."""

# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import re

from corpusflow.text.dates import without_dates

# What opens such a line. Names must follow these prepositions...
_BY = re.compile(r"[\W_]*(?:(?:words |text |story )?by|von|par|por|di|door|av|af|przez)\b[\s:]*", re.I)
# ... while whatever follows these is no text.
_WRITTEN_BY = re.compile(
    r"[\W_]*(?:"
    r"(?:written|posted|published|reported|submitted|reporting|edited|compiled|reviewed|translated|uploaded) by\b"
    r"|author(?:s|\(s\))?\s?:"
    r"|(?:geschrieben|verfasst|erstellt|veröffentlicht|gepostet|ein (?:beitrag|artikel|gastbeitrag)) von\b"
    r"|autor(?:in|en|es|ka)?\s?:|redaktion\s?:"
    r"|(?:écrit|rédigé|publié|posté|proposé) par\b|auteur(?:e|s)?\s?:|rédaction\s?:"
    r"|(?:escrito|publicado|redactado|enviado|postado) por\b|redacción\s?:|redação\s?:"
    r"|(?:scritto|pubblicato|postato) da\b|autore\s?:"
    r"|(?:geschreven|geplaatst) door\b|(?:skrivet|publicerad|skrevet) a[vf]\b"
    r"|авторы?\s?:|yazan\s?:|yazar\s?:"
    r"|(?:作者|记者|記者|编辑|編輯|责任编辑|責任編輯|责编|撰文|執筆|ライター|投稿者)\s?[:：/／]|文\s?[/／:：]|글\s?:|기자\s?[:=]"
    r")",
    re.I,
)
_KOREAN_REPORTER = re.compile(r"\s*[가-힣]{2,4} ?기자\W*(?:\S+@\S+)?\s*")
_QUOTED_POST = re.compile(r"\s*[\u2014\u2013-]\s.{1,60}\(@\w{1,30}\).*")  # as a network shows one on other pages

_WORD = re.compile(r"[^\W_][\w'’.-]*")
# Small words between names and offices.
_SMALL_WORDS = """
    and und et y e en och og i with mit avec con for für pour para of the der die das la le les l el lo los de des du
    del della di da do dos das van von zu bin ibn al at in on for by to a an staff writer writers reporter correspondent
    editor contributor columnist special senior freelance chief photos photo text video
"""
_MOST_NAMES = 4  # more words with a full stop behind them are a sentence, whatever their capitals

_BETWEEN = frozenset(_SMALL_WORDS.split())


def is_byline(text: str) -> bool:
    """Whether a short text says who wrote something and nothing more: `By Jane Doe, Staff Writer | 3 May 2021`,
    `Von Max Mustermann`, `- Jane Doe (@jane) May 3, 2021`.

    After a bare `by` all words must look like names, which leaves scripts without capitals to the forms with a label.
    The caller bounds the length.
    """
    if _WRITTEN_BY.match(text) or _KOREAN_REPORTER.fullmatch(text) or _QUOTED_POST.fullmatch(text):
        return True
    opening = _BY.match(text)
    return opening is not None and is_name(without_dates(text[opening.end() :]))


def is_name(text: str) -> bool:
    """Whether a text is made of words with capitals and of small words that stand between names, and ends no
    sentence."""
    names = [word for word in _WORD.findall(text) if word.lower() not in _BETWEEN]
    end = text.rstrip()[-1:]
    is_sentence = end in "?!:" or (end == "." and len(names) > _MOST_NAMES)
    return bool(names) and not is_sentence and all(word[0].isupper() for word in names)
