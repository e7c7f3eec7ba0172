"""Runs one command as a user would, and measures it: time, processor, memory, first output."""

import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

SPAWN = pathlib.Path(__file__).with_name("spawn.py")
CHUNK = 1 << 20
KEPT_TAIL = 1 << 16


@dataclasses.dataclass(frozen=True)
class Run:
    """One command that has ended."""

    # Seconds from its start to its end, on the wall.
    wall: float
    # Seconds of user and system time, of it and its children.
    cpu: float
    # Bytes of resident memory at most.
    peak: int
    status: int
    # Seconds until the first byte came; None if none did.
    first: float | None
    # How often the token that was to be counted was in the output.
    count: int
    # The last of its output, and its errors.
    tail: str
    errors: str
    # Whether it was ended because its time was over.
    cut: bool


class _Reader(threading.Thread):
    """Reads output as it comes: counts a token, keeps the end."""

    def __init__(self, pipe, token):
        super().__init__(daemon=True)
        self.pipe, self.token = pipe, token
        self.first = None
        self.count = 0
        self.tail = b""

    def run(self):
        kept = b""
        while chunk := os.read(self.pipe, CHUNK):
            if self.first is None:
                self.first = time.perf_counter()
            # A token may lie across two chunks; the piece kept is too short to hold one.
            text = kept + chunk
            self.count += text.count(self.token)
            kept = text[-(len(self.token) - 1) :] if len(self.token) > 1 else b""
            self.tail = (self.tail + chunk)[-KEPT_TAIL:]


def measure(argv, environment, count="\n", limit=None):
    """Runs a command to its end, or for `limit` seconds, and returns its `Run`."""
    told, tells = os.pipe()
    with tempfile.TemporaryFile() as errors, os.fdopen(told) as told:
        asked = time.perf_counter()
        spawner = subprocess.Popen(
            # Isolated and without site packages: it starts small.
            [sys.executable, "-I", "-S", SPAWN, str(tells), *(str(word) for word in argv)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            pass_fds=(tells,),
            # What it starts ends with it: the group is killed, not it alone.
            process_group=0,
        )
        os.close(tells)
        reader = _Reader(spawner.stdout.fileno(), count.encode())
        reader.start()
        cut = False
        try:
            spawner.wait(limit)
        except subprocess.TimeoutExpired:
            cut = True
        finally:
            # Cut or interrupted: what was started must not go on. Not waited for yet, so the id is ours.
            if spawner.returncode is None:
                os.killpg(spawner.pid, signal.SIGKILL)
                spawner.wait()
        reader.join()
        spawner.stdout.close()
        errors.seek(0)
        words = told.read().split()
        started, ended, cpu, peak, status = words or (asked, time.perf_counter(), 0, 0, -9)
        return Run(
            wall=float(ended) - float(started),
            cpu=float(cpu),
            peak=int(peak),
            status=int(status),
            first=None if reader.first is None else reader.first - float(started),
            count=reader.count,
            tail=reader.tail.decode(errors="replace"),
            errors=errors.read().decode(errors="replace"),
            cut=cut,
        )


def clean_environment(home, **extra):
    """Returns this process's environment with another home, without cloud settings and proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "RCLONE_", "MC_", "XDG_")) and not name.upper().endswith("_PROXY")
    }
    return {**kept, "HOME": str(home), **extra}
