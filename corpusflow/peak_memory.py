"""How much memory this process has held at most."""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")  # of Linux


def peak_memory() -> int:
    """Bytes, the most that were held at once since the process began."""
    if STATUS.exists():
        # getrusage would tell the peak of the process that spawned this one, where that is higher.
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
