"""Drops placeholder text, notices and calls to press a button."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.text.characters import curly_braces
from corpusflow.text.measures import words
from corpusflow.text.phrases import (
    CALL,
    LABELS,
    PLACEHOLDER,
    POLICY,
    RIGHTS,
    SCRIPT,
    all_phrases,
    find_phrase,
    find_whole_phrase,
    is_script_warning,
)
from corpusflow.text.prose import prose
from corpusflow.text.sentences import ends_a_sentence
from filters.bounds import check_not_negative

What = Literal["document", "text"]

_NOTICES = all_phrases(POLICY)
_CALLS = all_phrases(CALL)
_AROUND = " \t\n:;.!?+|>\u00bb\u203a\u2026"


@dataclass(frozen=True)
class TextPhrases:
    """Drops texts, or documents, that hold phrases which no author wrote for a reader.

    Code and table rows are not looked at. The phrases, in some ten languages, are in `corpusflow.text.phrases`.

    lorem_ipsum: what goes where it stands: the `document` (C4), the `text` (mOSCAR), None: nothing.
    curly_braces: likewise, for `{` or `}`: the document in C4, the text in mOSCAR.
    drop_javascript, drop_notices: texts that speak of JavaScript; of cookies, terms, privacy or rights (C4, mOSCAR).
    only_script_warnings: of texts about JavaScript only those that ask to switch it on; False: all, as in C4.
    max_rights_words: a text with no more than the word copyright or its sign is a notice only if it has at most so many
    words, no sentence before the word, and is no caption; None: wherever the word stands, as in C4.
    drop_labels: texts that are the label of a button and nothing else (mOSCAR).
    max_call_words: texts of at most so many words that ask to read more, sign in or share are dropped (OmniCorpus: 10);
    None: none are.
    max_text_words: a longer text is not dropped for a notice or for JavaScript: it is an article about them. C4, which
    judges by line, has no such bound; None: no bound.
    """

    lorem_ipsum: What | None = "document"
    curly_braces: What | None = "text"
    drop_javascript: bool = True
    only_script_warnings: bool = True
    drop_notices: bool = True
    max_rights_words: int | None = 10
    drop_labels: bool = True
    max_call_words: int | None = 10
    max_text_words: int | None = None

    name: ClassVar[str] = "text_phrases"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_not_negative(self, "max_rights_words", "max_call_words", "max_text_words")

    def judge(self, document: Document) -> Iterator[Decision]:
        texts = [(text.index, text.role, text.text.lower()) for text in prose(document)]
        # One search of the whole is cheaper than one of each text, and most documents have few of these.
        whole = "\n".join(text for _, _, text in texts)
        placeholder = PLACEHOLDER if self.lorem_ipsum and find_phrase(whole, PLACEHOLDER) else ()
        braces = self.curly_braces is not None and curly_braces(whole) > 0
        scripts = SCRIPT if self.drop_javascript and find_phrase(whole, SCRIPT) else ()
        notices = tuple(phrase for phrase in _NOTICES if phrase in whole) if self.drop_notices else ()
        calls = tuple(phrase for phrase in _CALLS if phrase in whole) if self.max_call_words is not None else ()
        for index, role, text in texts:
            if phrase := find_phrase(text, placeholder):
                yield Decision(self.name, "placeholder_text", _where(self.lorem_ipsum, index), phrase)
            elif braces and (count := curly_braces(text)):
                yield Decision(self.name, "curly_braces", _where(self.curly_braces, index), count, 0)
            elif self.drop_labels and (label := text.strip(_AROUND)) in LABELS:
                yield Decision(self.name, "label_of_a_button", index, label)
            elif (phrase := find_phrase(text, scripts)) and self._short_enough(text) and self._is_script(text):
                yield Decision(self.name, "speaks_of_javascript", index, phrase)
            elif (phrase := self._notice(text, role, notices)) and self._short_enough(text):
                yield Decision(self.name, "notice", index, phrase)
            elif (phrase := find_whole_phrase(text, calls)) and words(text) <= (self.max_call_words or 0):
                yield Decision(self.name, "call_to_the_reader", index, phrase)

    def _is_script(self, text: str) -> bool:
        return not self.only_script_warnings or is_script_warning(text)

    def _notice(self, text: str, role: str, notices: tuple[str, ...]) -> str | None:
        phrase = find_phrase(text, notices)
        if phrase not in RIGHTS or self.max_rights_words is None:
            return phrase
        before = text.partition(phrase)[0]
        if role == "caption" or ends_a_sentence(before) or words(text) > self.max_rights_words:
            return None
        return phrase

    def _short_enough(self, text: str) -> bool:
        return self.max_text_words is None or words(text) <= self.max_text_words


def _where(what: What | None, index: int) -> int | None:
    return None if what == "document" else index
