"""One Fetcher against a web in which most hosts misbehave: nothing hangs, and the healthy hosts lose nothing."""

from __future__ import annotations

import socket
import sys
import threading
from collections import Counter
from ipaddress import ip_address
from typing import Any, NamedTuple

import pytest

from tests.bad_web import PICTURE, Host, bad_web, fetch_all, hosts, outcome_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="takes all of 127.0.0.0/8")

HUNG_S = 120.0  # many times what it takes
NAMES = [*(host.name for host in hosts()), "nobody", "no name"]


class Came(NamedTuple):
    """connected: the addresses that any socket wanted to connect to meanwhile. by_host: of each host, by its name."""

    connected: set[str]
    by_host: dict[str, list[tuple[Host, Any]]]


@pytest.fixture(scope="module")
def came(tmp_path_factory: pytest.TempPathFactory) -> Came:
    connected: set[str] = set()
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            connected.add(address[0])
            if not ip_address(address[0]).is_loopback:
                # Should the guard be broken one day, the test knocks at no real door.
                raise ConnectionRefusedError(address[0])
        connect(self, address)

    by_host: dict[str, list[tuple[Host, Any]]] = {name: [] for name in NAMES}
    with bad_web(tmp_path_factory.mktemp("bad_web")) as web, pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", watched)

        def fetch() -> None:
            for transfer in fetch_all(list(web)):
                host = web[transfer.url]
                by_host[host.name].append((host, transfer))

        thread = threading.Thread(target=fetch, daemon=True)
        thread.start()
        thread.join(HUNG_S)
        hung = thread.is_alive()
        left = set(web) - {transfer.url for found in by_host.values() for _, transfer in found}
    assert not hung, f"nothing came of {sorted(left)}"
    return Came(connected, by_host)


@pytest.mark.parametrize("name", NAMES)
def test_of_each_host_comes_what_it_deserves(came: Came, name: str) -> None:
    assert came.by_host[name]
    for host, transfer in came.by_host[name]:
        assert outcome_of(transfer) in host.wanted.split(" or "), transfer
        assert transfer.attempts in host.attempts, transfer


def test_every_url_is_answered_once(came: Came) -> None:
    counts = Counter(transfer.url for found in came.by_host.values() for _, transfer in found)
    assert set(counts.values()) == {1}
    assert len(counts) == sum(host.pictures for host in hosts()) + 2


def test_healthy_hosts_are_fetched_fully(came: Came) -> None:
    bodies = [
        transfer.answer.body
        for name, found in came.by_host.items()
        if name.startswith("healthy")
        for _, transfer in found
    ]
    assert bodies == [PICTURE] * 40


def test_no_socket_ever_asks_for_a_private_address(came: Came) -> None:
    assert any(address.startswith("127.0.0.") for address in came.connected), "the watch sees nothing"
    assert {address for address in came.connected if not ip_address(address).is_loopback} == set()
