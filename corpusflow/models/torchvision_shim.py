"""Makes torchvision importable beside a torch of another build, where its compiled operators cannot be loaded."""

from __future__ import annotations

import re
import sys
from typing import Any, Literal

# torchvision only describes these operators on import, it does not call them.
_BOXES = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_SCHEMAS = {"nms": f"nms{_BOXES}", "qnms": f"qnms{_BOXES}"}
_MISSING = re.compile(r"operator torchvision::(\w+) does not exist")

# The libraries that were declared: an operator is gone as soon as its library is collected.
_declared: dict[str, Any] = {}


def ensure_torchvision() -> Literal["native", "shim"]:
    """Imports torchvision; call it before open_clip, timm or transformers, in every process.

    The wheel on PyPI is built against the CUDA build of torch. Beside a CPU-only torch it fails on import with
    "operator torchvision::nms does not exist" (pytorch/vision #8985), although image transforms need no operator.
    Declares the missing operators (calling one still fails) and imports again. Where torchvision is healthy this is
    a plain import and the answer is "native". Raises what the import raises for any other reason.
    """
    while True:
        try:
            import torchvision  # noqa: F401
        except RuntimeError as error:
            missing = _MISSING.search(str(error))
            if missing is None or missing[1] not in _SCHEMAS or missing[1] in _declared:
                raise
            _declare(missing[1])
        else:
            return "shim" if _declared else "native"


def _declare(operator: str) -> None:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define(_SCHEMAS[operator])
    _declared[operator] = library
    # What was imported before the failure would be taken for a whole package on the next try.
    for name in [name for name in sys.modules if name == "torchvision" or name.startswith("torchvision.")]:
        del sys.modules[name]
