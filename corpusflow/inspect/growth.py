"""What a run changed in the corpus that stood in its directory before: shards, samples, and why some are gone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow.parquet as pq

from corpusflow.inspect.counted import counted
from corpusflow.store.before import BEFORE, read_before, sample_rows
from corpusflow.store.paths import Store
from corpusflow.store.run_files import GROWTH, LEDGER_FILE
from corpusflow.store.slots import slot_of

NO_LONGER_READ = "not_in_the_input"  # of a sample of which the ledger says nothing
ENDS = ("same", "changed", "gone", "new")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Growth:
    """shards, samples: how many are the `same`, `changed`, `gone` and `new`. A sample is the same when its row is, but
    for its place: as long, with the same measures. gone: samples by what dropped them."""

    shards: Mapping[str, int]
    samples: Mapping[str, int]
    gone: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """`since the last run: 20 samples new, 3 gone (select/near_same_text 3), 0 changed; of 4 old shards 1 as it
        was, 3 changed, 0 gone; 1 new`."""
        samples, shards = self.samples, self.shards
        why = f" ({', '.join(f'{reason} {count:,}' for reason, count in self.gone.items())})" if self.gone else ""
        old = shards["same"] + shards["changed"] + shards["gone"]
        return (
            f"since the last run: {counted(samples['new'], 'sample')} new, {samples['gone']:,} gone{why}, "
            f"{samples['changed']:,} changed; of {counted(old, 'old shard')} {shards['same']:,} as before, "
            f"{shards['changed']:,} changed, {shards['gone']:,} gone; {shards['new']:,} new"
        )


def write_growth(store: Store, manifest: dict[str, Any]) -> None:
    """Writes what changed since the last finished corpus; nothing where there was none. manifest: of the new one."""
    before = read_before(store)
    if before is None:
        store.remove(GROWTH)
    else:
        store.write(GROWTH, json.dumps(asdict(compare(store, before, manifest)), indent=1).encode())


def read_growth(store: Store) -> Growth | None:
    """None where a corpus was built anew, or is as it was."""
    if not store.exists(GROWTH):
        return None
    growth = Growth(**json.loads(store.read(GROWTH)))
    moved = sum(sum(counts.values()) - counts["same"] for counts in (growth.shards, growth.samples))
    return growth if moved else None


def compare(store: Store, before: dict[str, Any], after: dict[str, Any]) -> Growth:
    """Memory: the keys of the samples that are gone."""
    samples: Counter[str] = Counter(dict.fromkeys(ENDS, 0))
    gone = set()
    for end, key in changes(sample_rows(store, before, f"{BEFORE}/"), sample_rows(store, after)):
        samples[end] += 1
        if end == "gone":
            gone.add(key)
    return Growth(_shards(before, after), dict(samples), why_gone(store, gone))


def changes(before: Iterable[Row], after: Iterable[Row]) -> Iterator[tuple[str, str]]:
    """(what became of it, key) of each sample of both. Rows come in the order of the shards, by their keys' hashes, so
    that one pass over both is enough."""
    old, new = (iter(rows) for rows in (before, after))
    left, right = next(old, None), next(new, None)
    while left is not None or right is not None:
        if right is None or (left is not None and _order(left) < _order(right)):
            yield "gone", str(left["key"])  # type: ignore[index]  # one of both is there
            left = next(old, None)
        elif left is None or _order(right) < _order(left):
            yield "new", str(right["key"])
            right = next(new, None)
        else:
            yield "same" if _facts(left) == _facts(right) else "changed", str(left["key"])
            left, right = next(old, None), next(new, None)


def why_gone(store: Store, gone: set[str]) -> dict[str, int]:
    """What dropped these documents, by `filter/reason`, the commonest first."""
    reasons: Counter[str] = Counter()
    unknown = set(gone)
    if gone:
        with store.open(LEDGER_FILE) as file, pq.ParquetFile(file) as ledger:
            columns = ["document", "unit", "stage", "filter", "reason", "lost"]
            for batch in ledger.iter_batches(columns=columns):
                for row in batch.to_pylist():
                    if row["document"] in unknown and row["unit"] == "document" and row["lost"]:
                        reasons[f"{row['filter'] or row['stage']}/{row['reason']}"] += 1
                        unknown.remove(row["document"])
    if unknown:
        reasons[NO_LONGER_READ] = len(unknown)
    return dict(reasons.most_common())


def _order(row: Row) -> tuple[int, str]:
    return slot_of(row["key"]), row["key"]


def _facts(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "offset"}


def _shards(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, int]:
    old, new = ({shard["name"]: shard["sha256"] for shard in manifest["shards"]} for manifest in (before, after))
    same = sum(new.get(name) == digest for name, digest in old.items())
    gone = len(old.keys() - new.keys())
    return {"same": same, "changed": len(old) - gone - same, "gone": gone, "new": len(new.keys() - old.keys())}
