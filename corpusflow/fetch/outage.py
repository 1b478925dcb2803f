"""Notices that not the hosts are dead but the network is, so that a list of URLs is not burnt."""

from __future__ import annotations

from collections import Counter

from corpusflow.errors import RunError

HOSTS = (
    50  # that must be silent one after the other; of old lists a quarter of the hosts is dead, never so many at once
)


class OutageError(RunError):
    """The network looks down. What came before is kept."""


class OutageWatch:
    """Keeps which hosts were silent one after the other, in a way in which all are where the network is down."""

    def __init__(self) -> None:
        self._silent: dict[str, str] = {}
        self.last_answering = ""  # URL that was answered last

    def answered(self, url: str) -> None:
        self.last_answering = url
        self.network_is_up()

    def network_is_up(self) -> None:
        """Something shows that it is: an answer, a refusal, or that there is no such name."""
        self._silent.clear()

    def silent(self, host: str, code: str) -> None:
        self._silent[host] = code

    @property
    def suspected(self) -> bool:
        return len(self._silent) >= HOSTS

    def error(self) -> OutageError:
        codes = ", ".join(f"{code} {count}" for code, count in Counter(self._silent.values()).most_common(3))
        return OutageError(
            f"the network seems to be down: {len(self._silent)} hosts in a row did not answer ({codes}), the last "
            f"{next(reversed(self._silent))}. What was fetched is kept; mend the network and give the "
            "same command again, with --retry-failed for what failed meanwhile"
        )
