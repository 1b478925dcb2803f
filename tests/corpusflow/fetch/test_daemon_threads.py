from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from corpusflow.fetch.daemon_threads import DaemonThreads

HANGS = """
import socket, threading, time
from corpusflow.fetch.client import ClientSettings
from corpusflow.fetch.fetcher import Fetcher

asked = threading.Event()

def hangs(*args, **kwargs):
    asked.set()
    time.sleep(600)

socket.getaddrinfo = hangs
fetcher = Fetcher(ClientSettings())
taking = threading.Thread(target=lambda: list(fetcher.transfers(["http://site.example/a.html"])), daemon=True)
threading.excepthook = lambda args: None
taking.start()
asked.wait()
fetcher.close()
"""


def test_a_name_server_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    subprocess.run([sys.executable, "-c", HANGS], check=True, timeout=60)


def test_a_call_gives_its_result_or_its_error() -> None:
    threads = DaemonThreads(2)
    assert threads.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        threads.submit(divmod, 7, 0).result()


def test_no_more_calls_run_at_once_than_said_and_one_that_waits_can_be_cancelled() -> None:
    threads, begun, end = DaemonThreads(1), threading.Event(), threading.Event()

    def hang() -> bool:
        begun.set()
        return end.wait()

    first = threads.submit(hang)
    begun.wait()
    second, third = threads.submit(divmod, 7, 2), threads.submit(divmod, 9, 2)
    assert not second.running()
    assert not second.done()
    assert third.cancel()
    end.set()
    assert first.result()
    assert second.result() == (3, 1)
