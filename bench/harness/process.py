"""Runs one command as a user would, and measures it: time, processor, memory, first output."""

import contextlib
import dataclasses
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import threading
import time

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


class _Watch(threading.Thread):
    """Reads the most memory that a process has had, again and again.

    What the kernel tells of an ended process is exact, but never below what this process has: it counts
    what a child had before it became another program.
    """

    EVERY_SECONDS = 0.01

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status = pathlib.Path(f"/proc/{pid}/status")
        self.peak = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(self.EVERY_SECONDS):
            for line in self.status.read_text().splitlines():
                if line.startswith("VmHWM:"):
                    # Per program: it began anew when the child became another.
                    self.peak = int(line.split()[1]) * 1024


def own_peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(argv, environment, count="\n", limit=None):
    """Runs a command to its end, or for `limit` seconds, and returns its `Run`."""
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            # Its children end with it: the group is killed, not it alone. No session of its own: the kernel
            # shares the processor between sessions, and `urgent` has raised this one.
            process_group=0,
        )
        reader = _Reader(child.stdout.fileno(), count.encode())
        reader.start()
        watch = _Watch(child.pid)
        watch.start()
        cut = threading.Event()

        def end():
            cut.set()
            os.killpg(child.pid, signal.SIGKILL)

        timer = threading.Timer(limit or 0, end)
        timer.daemon = True
        try:
            if limit:
                timer.start()
            # WNOWAIT: the id stays ours until the timer and the watch can no longer use it.
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        except BaseException:
            # Interrupted: what was started must not go on.
            os.killpg(child.pid, signal.SIGKILL)
            raise
        finally:
            ended = time.perf_counter()
            timer.cancel()
            watch.over.set()
            watch.join()
        if limit:
            timer.join()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
        child.stdout.close()
        errors.seek(0)
        peak = usage.ru_maxrss * 1024
        return Run(
            wall=ended - started,
            cpu=usage.ru_utime + usage.ru_stime,
            peak=peak if peak > own_peak() else watch.peak or peak,
            status=child.returncode,
            first=None if reader.first is None else reader.first - started,
            count=reader.count,
            tail=reader.tail.decode(errors="replace"),
            errors=errors.read().decode(errors="replace"),
            cut=cut.is_set(),
        )


def urgent():
    """Puts this process and all that it starts before everything else on the machine; for root only."""
    os.nice(-15)
    # Where the kernel shares the processor between sessions, a process's own priority counts only within its session.
    with contextlib.suppress(FileNotFoundError):
        pathlib.Path("/proc/self/autogroup").write_text("-15")


def clean_environment(home, **extra):
    """Returns this process's environment with another home, without cloud settings and proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "RCLONE_", "MC_", "XDG_")) and not name.upper().endswith("_PROXY")
    }
    return {**kept, "HOME": str(home), **extra}
