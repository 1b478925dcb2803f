"""The part of the benchmark of filters that runs in datatrove's environment, as a program that is asked on its input.

    PYTHON benchmarks/filters_peer.py FOLDER MODEL

FOLDER holds what `benchmarks.filters` wrote: `documents.jsonl`, and the lists that both sides get. MODEL is lid.176 of
fastText. For a line `FAMILY SET TIMES` on its input it prints the CPU seconds that its filters took over that set so
many times.

Of datatrove only `filter` is called, without its counting around it. Its word tokenizer is the one that it takes by
itself for the document's language where that is in spaCy alone, English's otherwise. Nothing is downloaded: the model
and the lists are put where it would look for them.
"""

from __future__ import annotations

import functools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.pipeline.filters import (
    C4BadWordsFilter,
    C4ParagraphFilter,
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LanguageFilter,
    URLFilter,
    c4_filters,
)
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.utils.text import split_into_words
from fasttext.FastText import _FastText
from tldextract import TLDExtract

BANDS, ROWS = 14, 8  # datatrove's own

Judge = Callable[[Document], object]


@functools.cache
def tokenizer_language(language: str) -> str:
    try:
        split_into_words("a b", language)
    except Exception:  # what the packages that are not here raise cannot be known
        return "en"
    return language


def by_language(make: Callable[..., object]) -> Judge:
    made = functools.cache(lambda language: make(language=language))
    return lambda document: made(tokenizer_language(document.metadata["language"])).filter(document)


def languages(model: str) -> Judge:
    rule = LanguageFilter(label_only=True)
    rule.model._model = _FastText(model)
    return rule.filter


def flagged_words(folder: Path) -> Judge:
    c4_filters.cached_asset_path_or_download = lambda *_, **__: str(folder / "flagged_words.txt")
    rule = C4BadWordsFilter()
    return lambda document: rule.filter(Document(document.text, document.id))  # all by the one list


def urls(folder: Path) -> Judge:
    domains = (folder / "domains.txt").read_text().split()
    words = (folder / "url_words.txt").read_text().split()
    rule = URLFilter(extra_domains=domains, banned_words=words, use_integrated_lists=False)
    rule.tldextractor = TLDExtract(cache_dir=None, suffix_list_urls=())
    return rule.filter


def signatures(folder: Path) -> Judge:
    made = functools.cache(
        lambda language: MinhashDedupSignature(
            str(folder / "signatures"), MinhashConfig(n_grams=5, num_buckets=BANDS, hashes_per_bucket=ROWS), language
        )
    )

    def sign(document: Document) -> bool:
        step = made(tokenizer_language(document.metadata["language"]))
        shingles = step.get_shingles(document.text)
        return bool(shingles.size and step.get_signature(shingles))

    return sign


def families(folder: Path, model: str) -> dict[str, list[Judge]]:
    """What stands for each family of ours; of several each judges what the one before it kept."""
    url, language = urls(folder), languages(model)
    repetition, quality = by_language(GopherRepetitionFilter), by_language(GopherQualityFilter)
    c4, fineweb, flagged = by_language(C4QualityFilter), by_language(FineWebQualityFilter), flagged_words(folder)
    personal = PIIFormatter()
    return {
        "repetition": [repetition],
        "quality": [quality],
        "c4": [c4, C4ParagraphFilter().filter],
        "fineweb": [fineweb],
        "language": [language],
        "flagged_words": [flagged],
        "urls": [url],
        "personal_data": [lambda document: bool(personal.format(document.text))],
        "minhash": [signatures(folder)],
        # In the order of FineWeb's own pipeline.
        "chain": [url, language, repetition, quality, c4, fineweb, flagged],
    }


def seconds(judges: list[Judge], rows: list[dict[str, str]]) -> float:
    # Anew each time: some of the filters write into them.
    documents = [Document(row["text"], row["id"], metadata={k: row[k] for k in ("url", "language")}) for row in rows]
    start = time.process_time()
    for document in documents:
        for judge in judges:
            if judge(document) is not True:
                break
    return time.process_time() - start


def main() -> None:
    folder, model = Path(sys.argv[1]), sys.argv[2]
    rows = [json.loads(line) for line in (folder / "documents.jsonl").read_text("utf-8").splitlines()]
    known = families(folder, model)
    for judges in known.values():
        seconds(judges, rows[:20])  # loads
    print("ready", flush=True)
    for line in sys.stdin:
        family, wanted, times = line.split()
        print(seconds(known[family], [row for row in rows if row["set"] == wanted] * int(times)), flush=True)


if __name__ == "__main__":
    main()
