"""The machine that was measured on, without its name."""

import os
import pathlib
import platform


def describe():
    return f"{os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB of memory, {platform.system()} {_kernel()}"


def _processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _kernel():
    # The first three numbers: what follows names the one who built it.
    return ".".join(platform.release().split("-")[0].split(".")[:3])


def _memory_gib():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal"):
            return int(line.split()[1]) / (1 << 20)
    return 0


def load():
    """How many processes want a core, over the last minute: others make times longer."""
    return os.getloadavg()[0]
