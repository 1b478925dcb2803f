"""README.md of an export, for whoever gets its shards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from corpusflow.export.view_json import ViewForm, ViewImage
from corpusflow.inspect.card import SNIPPET
from corpusflow.inspect.hub_features import hub_features
from corpusflow.inspect.mmc4_faults import Mmc4Form
from corpusflow.store.commit import Commit

_MMC4 = """\
The json of a sample is that of Multimodal C4: `text_list`, `similarity_matrix` (images by texts), and `image_info` with
`image_base64`, `matched_text_index` and `matched_sim` by linear assignment. open_flamingo reads it with
`--train_num_samples_mmc4 {samples}`; it drops pictures of 10 kB and less.
"""
_FIELDS = {
    "document": ViewForm.model_fields["document"],
    "tokens": ViewForm.model_fields["tokens"],
    "image_info[].text_pos": ViewImage.model_fields["text_pos"],
}
_ADDED = "\n".join(f"- `{name}`: {field.description}" for name, field in _FIELDS.items())
_VIEWS = f"""\
```python
{SNIPPET}
```

The json of a sample has the fields of the corpus itself (see its own card), and besides:

{_ADDED}

What was measured (`similarity`, `units`, the indices of matched and assigned texts) is told of what is left.
"""


def card_text(
    name: str, summary: Mapping[str, Any], shards: Sequence[Commit], split: str, pictures: Iterable[str]
) -> str:
    """pictures: names without key of all pictures in the shards, such as `0.jpg`."""
    mmc4 = summary["options"]["form"] == "mmc4"
    about = {"pretty_name": name, "tags": ["webdataset", "image-text", "interleaved"]}
    about |= hub_features(Mmc4Form if mmc4 else ViewForm, pictures, split)
    header = yaml.safe_dump(about, sort_keys=False)
    sums = "\n".join(f"| {unit} | {summary[unit]:,} |" for unit in ("samples", "images", "texts", "tokens"))
    size = sum(commit.files["tar"].bytes for commit in shards)
    options = "\n".join(f"- {key}: {value}" for key, value in summary["options"].items() if value is not None)
    left = "\n".join(
        f"- {unit}: {reason} {count:,}"
        for unit, reasons in summary["left_out"].items()
        for reason, count in reasons.items()
    )
    reading = _MMC4.format(samples=summary["samples"]) if mmc4 else _VIEWS
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
