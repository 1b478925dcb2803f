from __future__ import annotations

from collections.abc import Iterator

import pytest

from corpusflow.fetch.fetcher import close_fetchers

pytest_plugins = ["tests.object_stores"]


@pytest.fixture(autouse=True)
def _own_fetcher() -> Iterator[None]:
    """No test meets the connections, robots.txt or pace of hosts that another one left."""
    yield
    close_fetchers()
