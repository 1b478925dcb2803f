"""Networks that OpenVINO runs on the CPU, with one thread in each process."""

from __future__ import annotations

from typing import Any, Literal


def compiled(core: Any, network: Any, precision: Literal["f32", "bf16"] = "f32") -> Any:
    """The network, ready to be called. core: an `openvino.Core`. network: what it has read or converted.

    precision: told, since OpenVINO would take what each CPU does fastest, and two machines would round differently.
    Raises RuntimeError where OpenVINO cannot run the network.
    """
    options = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        # Else every process of a machine binds its thread to the same core.
        "ENABLE_CPU_PINNING": False,
    }
    return core.compile_model(network, "CPU", options)
