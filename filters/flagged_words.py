"""Keeps documents and paragraphs that are not made of pornographic or abusive words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.safety.list_file import ListFile, list_file
from corpusflow.text.flagged_words import flagged_words, languages_with_list
from corpusflow.text.measures import words
from corpusflow.text.word_list import parse_phrase_finder
from filters.bounds import check_not_negative


@dataclass(frozen=True)
class FlaggedWords:
    """Drops paragraphs and documents with too many flagged words, by the short lists of
    `corpusflow/text/flagged_words.txt` (en, de, fr, es, it, pt, nl, pl, ru, tr, zh, ja).

    max_share: flagged words over all words of a document. 0.01 in OBELICS, 0.02 in OmniCorpus, each with its own,
    longer lists, so these let through less than ours. None: no bound.
    max_paragraph_share: of one text segment of any role; OBELICS takes 0.01 there too. Off by default: one swear word
    in a short quote is over it.
    max_distinct: different flagged words in a document. 1 is mOSCAR's bound for toxic words, which drops at two; 0 that
    for its words of adult pages, which drops at one.
    path: a list of one's own in place of ours: words and phrases, one a line, in whatever case; `#` begins a comment
    line. Relative to the recipe. A word with a space in it is counted as one.
    languages: ISO 639-1 of the documents that are judged. Empty: those that our lists are for, or, with a list of one's
    own, all, whether their language was measured or not.

    OBELICS's last filter, of spam words in paragraphs, is this one with a list of one's own and 0.12 for
    `max_paragraph_share`. Words are counted as `corpusflow.text.measures.words` does.
    """

    max_share: float | None = 0.01
    max_paragraph_share: float | None = None
    max_distinct: int | None = None
    path: str | None = None
    languages: tuple[str, ...] = ()

    name: ClassVar[str] = "flagged_words"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ("language",)
    files: ClassVar[tuple[str, ...]] = ("path",)

    def __post_init__(self) -> None:
        for option in ("max_share", "max_paragraph_share"):
            value = getattr(self, option)
            if value is not None and not 0 <= value <= 1:
                raise ValueError(f"{option} is {value}, a share lies in [0, 1]")
        check_not_negative(self, "max_distinct")
        if self._list is not None:
            self._list.parsed(parse_phrase_finder)
        elif unknown := sorted(set(self.languages) - languages_with_list()):
            raise ValueError(f"languages has {', '.join(unknown)}, for which there is no list")

    @cached_property
    def _list(self) -> ListFile | None:
        return None if self.path is None else list_file(self.path)

    def judge(self, document: Document) -> Iterator[Decision]:
        find = self._finder(document)
        if find is None:
            return
        texts = [(text, find(text.text)) for text in document.texts]
        if not any(found for _, found in texts):  # most documents have none, and their words need not be counted
            return
        total, flagged = 0, list[str]()
        for text, found in texts:
            count = words(text.text)
            share = _share(len(found), count)
            if self.max_paragraph_share is not None and share > self.max_paragraph_share:
                yield Decision(self.name, "text_has_flagged_words", text.index, share, self.max_paragraph_share)
            else:
                total, flagged = total + count, flagged + found
        share, distinct = _share(len(flagged), total), len(set(flagged))
        if self.max_share is not None and share > self.max_share:
            yield Decision(self.name, "many_flagged_words", None, share, self.max_share)
        elif self.max_distinct is not None and distinct > self.max_distinct:
            yield Decision(self.name, "different_flagged_words", None, distinct, self.max_distinct)

    def _finder(self, document: Document) -> Callable[[str], list[str]] | None:
        """What finds the flagged words in a text of a document; None where the document is not judged."""
        measured = document.score("language")
        language = "" if measured is None else measured.label
        if self.languages and language not in self.languages:
            return None
        if self._list is not None:
            return self._list.parsed(parse_phrase_finder).found_in
        return partial(flagged_words, language=language) if language in languages_with_list() else None


def _share(flagged: int, total: int) -> float:
    # In a script without spaces the number of words is an estimate, and may be too low.
    return min(flagged / max(total, 1), 1.0)
