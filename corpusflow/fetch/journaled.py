"""Fetches what a journal does not hold yet, and tells of each URL how its transfer went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from corpusflow.errors import ConsentError, FetchError
from corpusflow.fetch.fetcher import Fetcher, Transfer
from corpusflow.fetch.retries import may_pass
from corpusflow.store.journal import Journal

Facts = dict[str, Any]


def fetch_missing(
    urls: Sequence[str], fetcher: Fetcher, journal: Journal, keep: Callable[[Transfer], tuple[Facts, bytes]]
) -> None:
    """Fetches the URLs that the journal does not hold, or holds as failed for a reason that may have passed.

    keep: what goes into the journal of a transfer: JSON-able facts and the bytes to store. The facts of the transfer
    itself are added under `transfer`. Raises OutageError; what came before it is in the journal.
    """
    missing = [url for url in urls if not is_settled(journal, url)]
    for transfer in fetcher.transfers(missing):
        facts, data = keep(transfer)
        journal.add(transfer.url, {**facts, "transfer": transfer_facts(transfer)}, data)


def is_settled(journal: Journal, key: str) -> bool:
    """Whether the journal holds what came of an item, and not only a failure that may have passed."""
    return key in journal and not may_pass(journal.facts(key).get("transfer", {}).get("reason", ""))


def transfer_facts(transfer: Transfer) -> Mapping[str, Any]:
    """What a table of transfers tells of a URL. outcome: ok, failed or refused; reason: code of the error."""
    answer = transfer.answer
    error = answer if isinstance(answer, FetchError) else None
    return {
        "url": transfer.url,
        "final_url": "" if isinstance(answer, FetchError) else answer.final_url,
        "outcome": "ok" if error is None else "refused" if isinstance(error, ConsentError) else "failed",
        "reason": error.code if error else "",
        "status": transfer.status,
        "attempts": transfer.attempts,
        "milliseconds": transfer.milliseconds,
        "bytes": 0 if isinstance(answer, FetchError) else len(answer.body),
    }
