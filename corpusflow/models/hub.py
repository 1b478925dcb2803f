"""Files of the model hub: from the local cache, else downloaded, with a short bound on finding out that there is no
way to the hub."""

from __future__ import annotations

import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from corpusflow.errors import ModelError

REACH_S = 5.0  # seconds; without a network the hub's own client tries for 46


WAYS_OUT = (
    "give `pretrained` the path of a local .safetensors or .pt file, or set HF_HOME to a filled cache, or use the "
    "scorer `conse`, whose weights come as packages"
)


@dataclass(frozen=True)
class HubFile:
    """A file of a hub's repository. names: any one of these will do, the best first."""

    repository: str
    names: tuple[str, ...]


def is_cached(file: HubFile) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return any(isinstance(try_to_load_from_cache(file.repository, name), str) for name in file.names)


def fetch(files: Iterable[HubFile]) -> None:
    """Brings into the local cache what is not there. Raises ModelError that names the ways out."""
    for file in files:
        if not is_cached(file):
            _require_way(file)
            _download(file)


def fetch_all(first: HubFile, load: Callable[[], object]) -> None:
    """Lets a library bring several files by loading them, unless the first of them is cached. Raises ModelError."""
    if not is_cached(first):
        _require_way(first)
        try:
            load()
        except (OSError, ValueError) as error:
            raise ModelError(f"cannot download {first.repository}: {error}; {WAYS_OUT}") from error


def _require_way(file: HubFile) -> None:
    wanted = f"{file.repository}/{file.names[0]}"
    if _offline():
        raise ModelError(f"{wanted} is not in the hub's cache, and HF_HUB_OFFLINE forbids to download it; {WAYS_OUT}")
    if not _reachable(REACH_S):
        raise ModelError(f"{wanted} is not in the hub's cache, and the hub does not answer; {WAYS_OUT}")


@contextlib.contextmanager
def cached_only() -> Iterator[None]:
    """Inside, no library asks the hub whether a cached file is still the newest: that needs a network, and weights
    must not change in the middle of a run."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _reachable(timeout_s: float) -> bool:
    """Whether the hub gives any answer. In a thread, because no timeout bounds the look-up of a host's name."""
    from huggingface_hub import constants

    answered = threading.Event()

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(constants.ENDPOINT, method="HEAD"), timeout=timeout_s):
                answered.set()
        except urllib.error.HTTPError:
            answered.set()
        except OSError:
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_s)
    return answered.is_set()


def _download(file: HubFile) -> None:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    for name in file.names:
        try:
            hf_hub_download(file.repository, name)
        except EntryNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise ModelError(f"cannot download {file.repository}/{name}: {error}; {WAYS_OUT}") from error
        return
    raise ModelError(f"the hub's repository {file.repository} has none of {', '.join(file.names)}; {WAYS_OUT}")
