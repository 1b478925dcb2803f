"""Drops texts of benchmarks, so that a model that is trained on the corpus can be judged by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.safety.list_file import ListFile, list_file
from corpusflow.text.word_runs import RunIndex, parse_json_lines, parse_text_list


@dataclass(frozen=True)
class BenchmarkTexts:
    """Drops texts, or documents, that have a run of words in common with an entry of a list.

    path: a file with one text a line, such as the questions and answers of a benchmark; `.jsonl` has one JSON object
    with the key `text` a line; either may be `.gz`. Relative to the recipe.
    words: length of the run. 13 is that of GPT-3 (arXiv 2005.14165, appendix C), which however left out runs that are
    found often, and cut texts up instead of dropping them.
    min_words: a shorter entry counts where all of it is found, if it has so many words; 8 is the least length there.
    drop: `document` drops the whole document, since answers stand beside questions, and finds runs that go over several
    texts; `text` drops the text segment alone, and a run must stand in one.

    Words are those of `corpusflow.text.tokens`: case and punctuation around them are no difference. Of scripts without
    spaces pieces of two characters (Thai and its like: four) count as words, cut from the start of a run of such
    characters: a quotation is found if a space, punctuation or another script stands before it, in the list as on the
    page. measured: how many runs are found; limit: the line of the entry of the first.
    """

    path: str
    words: int = 13
    min_words: int = 8
    drop: Literal["text", "document"] = "document"

    name: ClassVar[str] = "benchmark_texts"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ("path",)

    def __post_init__(self) -> None:
        """Raises ValueError, also where the list cannot be read or has no entry that could be found."""
        if self.drop not in ("text", "document"):
            raise ValueError(f"drop is {self.drop!r}, it must be 'text' or 'document'")
        if not 1 <= self.min_words <= self.words:
            raise ValueError(f"min_words is {self.min_words}, it must lie in [1, words], and words is {self.words}")
        if not self._index().runs:
            raise ValueError(f"{self.path}: no entry has {self.min_words} words")

    @cached_property
    def _list(self) -> ListFile:
        return list_file(self.path)

    def _index(self) -> RunIndex:
        json_lines = self.path.removesuffix(".gz").endswith(".jsonl")
        return self._list.parsed(parse_json_lines if json_lines else parse_text_list).index(self.words, self.min_words)

    def judge(self, document: Document) -> Iterator[Decision]:
        index = self._index()
        if self.drop == "document":
            found = index.shared("\n".join(text.text for text in document.texts))
            if found:
                yield Decision(self.name, "document_has_benchmark_text", None, len(found), f"line {found[0][1]}")
            return
        for text in document.texts:
            found = index.shared(text.text)
            if found:
                yield Decision(self.name, "text_of_benchmark", text.index, len(found), f"line {found[0][1]}")
