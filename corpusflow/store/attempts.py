"""Names of a block's files on a store where two attempts of one block may run at once: a worker that was taken for lost
goes on beside the one that took its place, and what they had from the web need not be the same.

`BLOCK.DIGEST.SUFFIX`: so the files of attempts with different bytes stand side by side, and the sidecar, one object, is
the commit: it names its files. The first sidecar for a key counts, since later stages may have begun with it. What no
sidecar names is of no use.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from corpusflow.store.keys import KEY_LENGTH

STAGES = "stages"  # folder of the outputs of blocks
_FILE = re.compile(rf"(?P<block>[^.]+)\.[0-9a-f]{{{KEY_LENGTH}}}\.(?P<suffix>(?!journal).+)")


def named_by_content(folder: str, block: str, suffix: str, digest: str) -> str:
    """digest: hex, of the file's bytes."""
    return f"{folder}/{block}.{digest[:KEY_LENGTH]}.{suffix}"


def left_by_attempts(names: Sequence[str], read: Callable[[str], bytes]) -> Iterator[str]:
    """Those of these names that are files of blocks, named by their content, and of no commit. Sidecars are read, by
    name, of blocks that have several files of one suffix; a single one beside a sidecar is taken for the sidecar's."""
    known = set(names)
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        folder, _, last = name.rpartition("/")
        if found := _FILE.fullmatch(last):
            alike[f"{folder}/{found['block']}.json", found["suffix"]].append(name)
    for (sidecar, _), files in alike.items():
        if sidecar not in known:
            yield from files
        elif len(files) > 1:
            yield from sorted(set(files) - files_of(read(sidecar)))


def files_of(sidecar: bytes | None) -> set[str]:
    """The names in a sidecar; none where it is damaged or there is none."""
    try:
        return {str(file["name"]) for file in json.loads(sidecar or b"{}")["files"].values()}
    except (ValueError, LookupError, TypeError, AttributeError):
        return set()
