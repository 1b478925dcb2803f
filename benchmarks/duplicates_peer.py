"""The part of the benchmark of copies that runs in datatrove's environment.

    PYTHON benchmarks/duplicates_peer.py FOLDER

FOLDER holds `documents.jsonl`. Prints JSON: CPU seconds for the signatures and for all that follows until one of each
cluster is left, peak memory in MB, and the ids of the documents that went. Everything is datatrove's own: its
parameters, its English tokenizer for all texts. What a run would do in many processes is done here one after another.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)


def main() -> None:
    folder = Path(sys.argv[1])
    rows = [json.loads(line) for line in (folder / "documents.jsonl").read_text("utf-8").splitlines()]
    documents = [Document(row["text"], row["id"]) for row in rows]
    config = MinhashConfig()
    signatures, pairs, clusters = (str(folder / name) for name in ("signatures", "pairs", "clusters"))
    step = MinhashDedupSignature(signatures, config)
    step.get_shingles("loads what it needs")
    start = time.process_time()
    step.run(documents)
    signed = time.process_time()
    for bucket in range(config.num_buckets):
        MinhashDedupBuckets(signatures, pairs, config=config).run(None, bucket, config.num_buckets)
    MinhashDedupCluster(pairs, clusters, config).run(None, 0, 1)
    kept = {document.id for document in MinhashDedupFilter(clusters).run(documents)}
    done = time.process_time()
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    gone = [row["id"] for row in rows if row["id"] not in kept]
    print(json.dumps({"signatures": signed - start, "rest": done - signed, "mb": peak, "gone": gone}))


if __name__ == "__main__":
    main()
