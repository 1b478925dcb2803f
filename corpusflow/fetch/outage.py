"""Notices that not the hosts are dead but the network is, so that a list of URLs is not burnt."""

from __future__ import annotations

from collections import Counter, OrderedDict

from corpusflow.errors import RunError

HOSTS = (
    50  # that must be silent one after the other; of old lists a quarter of the hosts is dead, never so many at once
)


class OutageError(RunError):
    """The network looks down. What came before is kept."""


class OutageWatch:
    """Keeps what came of the last hosts that were asked."""

    def __init__(self) -> None:
        self._silent: OrderedDict[str, str] = OrderedDict()
        self.last_answering = ""  # URL that was answered last

    def answered(self, url: str) -> None:
        self._silent.clear()
        self.last_answering = url

    def silent(self, host: str, code: str) -> bool:
        """Returns whether this is the last of HOSTS hosts that were silent without one that answered between."""
        self._silent[host] = code
        return len(self._silent) >= HOSTS

    def forget(self) -> None:
        self._silent.clear()

    def error(self) -> OutageError:
        codes = ", ".join(f"{code} {count}" for code, count in Counter(self._silent.values()).most_common(3))
        return OutageError(
            f"the network seems to be down: {len(self._silent)} hosts in a row did not answer ({codes}), the last "
            f"{next(reversed(self._silent))}. What was fetched is kept; mend the network and run again "
            "(`corpusflow run` with --retry-failed)"
        )
