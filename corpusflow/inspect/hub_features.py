"""What `load_dataset` of Hugging Face needs to be told in a dataset's card: which files, and every field of a sample.

Without it the tables beside the tars are taken for the data, and of pictures only those that the first samples have.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from corpusflow.inspect.sample_form import Form

_TYPES = {str: "string", int: "int64", float: "float64", bool: "bool"}


def hub_features(form: type[Form], pictures: Iterable[str], split: str) -> dict[str, Any]:
    """The YAML of the card. form: of the json. pictures: names without key of all pictures in the tars, `0.jpg`."""
    ordered = sorted(pictures, key=lambda name: (int(name.partition(".")[0]), name))
    features = [{"name": name, "dtype": "image"} for name in ordered]
    features.append({"name": "json", **_feature(form)})
    features += [{"name": name, "dtype": "string"} for name in ("__key__", "__url__")]
    files = [{"split": split, "path": f"shards/{split}-*.tar"}]
    return {
        "configs": [{"config_name": "default", "data_files": files}],
        "dataset_info": {"features": features},
    }


def _feature(kind: Any) -> dict[str, Any]:
    """Of an annotation of a form; null may stand for any value."""
    if get_origin(kind) is UnionType:
        (kind,) = (part for part in get_args(kind) if part is not NoneType)
    if get_origin(kind) in (list, tuple):
        inner = _feature(get_args(kind)[0])
        return {"list": inner.get("dtype") or inner.get("struct") or inner}
    if kind in _TYPES:
        return {"dtype": _TYPES[kind]}
    return {"struct": [{"name": name, **_feature(field.annotation)} for name, field in kind.model_fields.items()]}
