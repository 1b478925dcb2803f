"""README.md of an export, for whoever gets its shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from corpusflow.inspect.card import SNIPPET
from corpusflow.store.commit import Commit

# What a sample has besides the fields of a run's own.
_FIELDS = """\
The json of a sample has the fields of the corpus itself (see its own card), and besides:

- `document`: key of the sample of the corpus that this one is a view of
- `tokens`: tokens of its texts
- `image_info[].text_pos`: position of the text that the image is bound to

What was measured (`similarity`, `units`, the indices of matched and assigned texts) is told of what is left.
"""
_MMC4 = """\
The json of a sample is that of Multimodal C4: `text_list`, `similarity_matrix` (images by texts), and `image_info` with
`image_base64`, `matched_text_index` and `matched_sim` by linear assignment. open_flamingo reads it with
`--train_num_samples_mmc4 {samples}`; it drops pictures of 10 kB and less.
"""


def card_text(name: str, summary: Mapping[str, Any], shards: Sequence[Commit]) -> str:
    header = yaml.safe_dump({"pretty_name": name, "tags": ["webdataset", "image-text", "interleaved"]}, sort_keys=False)
    sums = "\n".join(f"| {unit} | {summary[unit]:,} |" for unit in ("samples", "images", "texts", "tokens"))
    size = sum(commit.files["tar"].bytes for commit in shards)
    options = "\n".join(f"- {key}: {value}" for key, value in summary["options"].items() if value is not None)
    left = "\n".join(
        f"- {unit}: {reason} {count:,}"
        for unit, reasons in summary["left_out"].items()
        for reason, count in reasons.items()
    )
    if summary["options"]["form"] == "mmc4":
        reading = _MMC4.format(samples=summary["samples"])
    else:
        reading = f"```python\n{SNIPPET}\n```\n\n{_FIELDS}"
    return f"""\
---
{header}---

# {name}: shards for training

Made by corpusflow {summary["corpusflow"]} of a corpus of {summary["documents"]:,} documents; `recipe.yaml` says how
that was made.

| | |
|---|---:|
{sums}
| shards | {len(shards):,} |
| bytes | {size:,} |

Options:

{options}

Left out:

{left or "- nothing"}

## How to read it

{reading}"""
