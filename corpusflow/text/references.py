"""Entries of a bibliography, and the headings that one stands under."""

# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import re

from corpusflow.text.measures import words

_NUMBERED = re.compile(r"\s*(?:\[\d{1,3}\]|\(\d{1,3}\)|\^|↑)\s*\S")
_URL = r"(?:https?://|www\.)\S+"
# Each is a mark of an entry. Two of them may stand in any sentence of a scholar.
_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\w)[A-ZÀ-ÞА-Я][\w'’-]+,? (?:[A-ZÀ-ÞА-Я]\. ?-?){1,3}(?=[,;:&( ]|and|und|et|$)",  # Smith, J. R.
        r"(?<!\d)\((?:1[5-9]|20)\d\d[a-z]?\)|[,.] (?:1[5-9]|20)\d\d[a-z]?[.;:]",  # (2004)   , 2004.
        r"\b(?:pp?|S|с|стр)\. ?\d+|\b\d{1,4} ?[-–] ?\d{1,4}[.,]? *$|: ?\d{1,4}[-–]\d{1,4}\b",  # pp. 12   : 12-34
        r"\b(?:[Vv]ol|[Bb]d|[Tt]|[Nn]o|[Nn]r|[Hh])\. ?\d+|\b\d{1,4} ?\(\d{1,3}\)",  # vol. 3   12(3)
        r"(?i)\bdoi\b|\bisbn\b|\bissn\b|\barxiv\b|\bpmid\b|doi\.org",
        r"\bet al\b|\beds?\.|\(Hrsg\.\)|\(Hg\.\)|\bHrsg\.",
        r"(?i)\b(?:retrieved|accessed)\b.{0,20}\d|\barchived from\b|\babgerufen\b"
        r"|\bconsult(?:é|ado) (?:le|el)\b|дата обращения",
        r"\b(?:Journal|Proceedings|Proc\.|Transactions|Review|Press|Verlag|Publish(?:ers|ing)|Springer|Elsevier|Wiley"
        r"|Annals|Zeitschrift|Revue|Revista|Rivista|Университет|Изд)\b",
        r"[„“\"«][^”“\"»]{15,400}[”“\"»][.,]? (?:in|In|[A-ZÀ-Þ(])",  # "A title", Name of a paper
        _URL,
    )
)
_FEWEST_MARKS = 3
_FEWEST_BEHIND_NUMBER = 2
_MOST_WORDS_PER_MARK = 15  # a note that tells a story names its source as well

_HEADINGS = """
references? bibliograph(?:y|ies|ie) works.cited literature.cited citations footnotes end.?notes sources further.reading
literatur(?:verzeichnis|hinweise|angaben|nachweise)? quellen(?:angaben|verzeichnis)? einzelnachweise
références? bibliografía referencias bibliografia referências riferimenti(?:.bibliografici)? bronnen literatuur
referenties referenser källor źródła przypisy literatura kaynakça kaynaklar литература список.литературы примечания
источники 参考文献 参考资料 參考資料 出典 脚注 참고.?문헌 المراجع المصادر
"""
_ONE = "(?:" + "|".join(_HEADINGS.split()) + ")"
_HEADING = re.compile(rf"[\W\d_]*{_ONE}(?: (?:and|&|und|et|y|e) (?:notes|{_ONE}))?[\W_]*", re.I)


def is_citation(text: str) -> bool:
    """Whether a text is an entry of a bibliography: `[3] Smith, J. et al. (2004). A title. Journal of Things 3, 12-15.`

    Told by three kinds of marks among author with initials, year, pages, volume, DOI or ISBN, editors, `retrieved`,
    names of journals and publishers, a title in quotes, a URL, or by two behind a number in brackets; and by few words
    between them.
    """
    fewest = _FEWEST_BEHIND_NUMBER if _NUMBERED.match(text) else _FEWEST_MARKS
    marks = sum(mark.search(text) is not None for mark in _MARKS)
    return marks >= fewest and words(text) <= marks * _MOST_WORDS_PER_MARK


def is_reference_heading(text: str) -> bool:
    """Whether a heading is that of a bibliography or of notes, in some fifteen languages, and nothing more."""
    return _HEADING.fullmatch(text) is not None
