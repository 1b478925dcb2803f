"""Pages that parts of earlier runs have, for parts that are cut otherwise: they are not asked for again."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, BinaryIO

from corpusflow.errors import SourceError
from corpusflow.fetch.journaled import Facts, is_settled
from corpusflow.sources.captures import capture_key
from corpusflow.sources.page import Part
from corpusflow.sources.url_list import texts_of
from corpusflow.sources.warc_record import open_archive, parse_http
from corpusflow.store.block import Block, Stage
from corpusflow.store.commit import LEDGER, TRANSFERS, Commit, read_rows
from corpusflow.store.journals import JOURNAL, journal_exists, open_journal
from corpusflow.store.keys import key_of
from corpusflow.store.paths import Store
from transforms.load import WARC, LoadSettings

Entry = tuple[str, Facts, bytes]  # of a journal


class KnownPages:
    """known: blocks of parts as earlier runs planned them; parts of lists and of indexes count."""

    def __init__(self, known: Sequence[Block], stage: Stage[LoadSettings]) -> None:
        self._known = known
        self._stage = stage

    def give(self, block: Block) -> None:
        """Puts into the journal of a part that is to be fetched what others of its list or index, fetched with the
        same options, have of its pages. Failures that may pass are not given."""
        if not self._known or not is_fetched(block) or self._stage.committed(block):
            return
        keys = _journal_keys(block)
        holders = self._holders.get(_origin(block), {})
        own = journal_name(block, self._stage)
        others = {journal_name(other, self._stage): other for key in keys for other in holders.get(key, ())}
        others.pop(own, None)
        if not others:
            return
        with open_journal(self._stage.store, own) as journal:
            for other in others.values():
                missing = {key for key in keys if not is_settled(journal, key)}
                for key, facts, data in self._entries(other, missing):
                    journal.add(key, facts, data)

    @cached_property
    def _holders(self) -> dict[str, dict[str, list[Block]]]:
        """By origin and key, the blocks that hold a page."""
        holders: dict[str, dict[str, list[Block]]] = {}
        for block in filter(is_fetched, self._known):
            of_origin = holders.setdefault(_origin(block), {})
            for key in _journal_keys(block):
                of_origin.setdefault(key, []).append(block)
        return holders

    def _entries(self, block: Block, keys: Collection[str]) -> Iterator[Entry]:
        store = self._stage.store
        name = journal_name(block, self._stage)
        commit = self._stage.committed(block)
        if journal_exists(store, name):
            with open_journal(store, name, read_only=True) as journal:
                for key in keys:
                    if is_settled(journal, key):
                        yield key, *journal.read(key)
        elif commit is not None:
            part = Part.from_json(block.payload[0])
            entries = stored_pages(commit, store) if part.kind == "urls" else stored_captures(commit, part, store)
            yield from (entry for entry in entries if entry[0] in keys)


def is_fetched(block: Block) -> bool:
    """Whether a part's pages are asked for one by one, and come by a journal."""
    part = block.payload[0]
    return part["kind"] in ("urls", "captures") and not part["root"]


def journal_name(block: Block, stage: Stage[LoadSettings]) -> str:
    return f"{stage.place}/{block.id}.{stage.made_from(block)}.{JOURNAL}"


def _journal_keys(block: Block) -> list[str]:
    part = Part.from_json(block.payload[0])
    return texts_of(part) if part.kind == "urls" else [capture_key(capture) for capture in part.captures]


def _origin(block: Block) -> str:
    """What parts have in common whose pages are the same."""
    part, _, how = block.payload
    return key_of([part["kind"], part["source"].rpartition(":")[0], part["base_url"], part["name"], how])


def stored_pages(commit: Commit, store: Store) -> Iterator[Entry]:
    """What the journal of a part of a list had: its archive and tables tell. That a record is damaged is no fault
    here; its page is asked for again."""
    messages = {row["what"]: row["message"] for row in read_rows(store, commit, LEDGER)}
    rows = read_rows(store, commit, "parquet")
    row = next(rows, None)
    with store.open(commit.files[WARC].name) as archive:
        for transfer in read_rows(store, commit, TRANSFERS):
            facts: Facts = {"transfer": transfer}
            if transfer["outcome"] != "ok":
                detail = messages.get(transfer["url"], "").partition(": ")[2]
                facts |= {"refused": transfer["outcome"] == "refused", "code": transfer["reason"], "detail": detail}
                yield transfer["url"], facts, b""
            elif row is None or row["url"] != transfer["final_url"]:
                yield transfer["url"], facts | {"skipped": "not_html"}, b""
            else:
                answer = _answer(archive, row)
                if answer is not None:
                    told = {name: row[name] for name in ("kind", "mime", "fetched_at", "url")}
                    yield transfer["url"], facts | told | answer[0], answer[1]
                row = next(rows, None)


def _answer(archive: BinaryIO, row: dict[str, Any]) -> tuple[Facts, bytes] | None:
    """Status and headers as they came, and the body, of a record that WarcOutput wrote."""
    archive.seek(row["offset"])
    try:
        record = next(open_archive(io.BytesIO(archive.read(row["length"])), bare_line_feeds=False))
        parse_http(record)
        # The last header is that of the archive. They are read as Latin-1, and were written as UTF-8.
        headers = [[_utf8(name), _utf8(value)] for name, value in record.http_headers][:-1]
        return {"status": record.http_headers.status_code, "headers": headers}, record.reader.read()
    except (OSError, SourceError, StopIteration):
        return None


def _utf8(text: str) -> str:
    return text.encode("latin-1", "replace").decode("utf-8", "replace")


def stored_captures(commit: Commit, part: Part, store: Store) -> Iterator[Entry]:
    """What the journal of a part of an index had, but for records that are neither page nor image."""
    before = f"{part.name}/" if part.name else ""
    keys = {(before + capture.archive, capture.offset): capture_key(capture) for capture in part.captures}
    with store.open(commit.files[WARC].name) as archive:
        for row in read_rows(store, commit, "parquet"):
            archive.seek(row["offset"])
            yield keys[row["source"], row["position"]], {}, archive.read(row["length"])
