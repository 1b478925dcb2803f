"""Whether an object store answers, asked once before anything is built on it: its clients would try for minutes."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from corpusflow.errors import StartError
from corpusflow.store.address import is_address, kind_of_path
from corpusflow.store.paths import Store, open_store
from corpusflow.store.run_files import RUN

REACH_S = 20.0  # seconds until the answer; Google's client looks for credentials for up to 17 where there are none

_LOG_IN = {
    "gs": "gcloud auth application-default login",
    "gcs": "gcloud auth application-default login",
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws configure`",
}


def answering_store(address: str) -> Store:
    """As `open_store`. Raises StartError, with the way out, where an object store does not answer."""
    check_answers([address], RUN)
    return open_store(address)


def check_answers(addresses: Iterable[str], name: str = "") -> None:
    """Raises StartError for the first of them whose object store does not answer; paths of this machine are not asked
    for. name: of the object below each that is asked for."""
    for address in filter(is_address, addresses):
        if address.partition("://")[0] in _LOG_IN:
            _check(address, f"{address.rstrip('/')}/{name}" if name else address)


def _check(address: str, asked: str) -> None:
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            kind_of_path(asked)
        except (OSError, StartError) as error:
            errors.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(REACH_S)
    way_out = f"check the network and the credentials ({_LOG_IN[address.partition('://')[0]]})"
    if thread.is_alive():
        raise StartError(f"{address}: no answer from the store within {REACH_S:g} seconds; {way_out}")
    if errors and isinstance(errors[0], StartError):
        raise errors[0]
    if errors:
        raise StartError(f"{str(errors[0]).replace(asked, address)}; {way_out}") from errors[0]
