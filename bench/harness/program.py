"""partsweep as a user runs it, and what it says at the end."""

import dataclasses
import json
import pathlib
import shutil
import tempfile

from .process import Run, clean_environment, measure


@dataclasses.dataclass(frozen=True)
class Told:
    """A run of partsweep, and the summary that ends its lines."""

    run: Run
    totals: dict
    # Lines of uploads, not counting buckets and the summary.
    uploads: int

    def wrong(self, filled, *, sized=True):
        """What is wrong with a scan of all that the store was filled with; None if nothing is."""
        if self.run.status != 0:
            return f"exit {self.run.status}: {self.run.errors.strip()[-300:]}"
        told, lines = self.totals.get("uploads"), self.uploads
        if (told, lines) != (filled.uploads, filled.uploads):
            return f"{told} uploads in {lines} lines, not {filled.uploads}"
        if sized and self.totals.get("bytes") != filled.bytes:
            return f"{self.totals.get('bytes')} bytes, not {filled.bytes}"
        return None

    def wrong_sweep(self, filled, left):
        """What is wrong with a sweep of all that the store was filled with; None if nothing is."""
        if self.run.status != 0:
            return f"exit {self.run.status}: {self.run.errors.strip()[-300:]}"
        aborted, freed = self.totals.get("aborted"), self.totals.get("bytes_freed")
        if (aborted, freed) != (filled.uploads, filled.bytes):
            return f"{aborted} aborted and {freed} bytes freed, not {filled.uploads} and {filled.bytes}"
        return f"{left} uploads are left" if left else None


class Partsweep:
    """The program with a home of its own; use as a context manager."""

    def __init__(self, binary):
        self.binary = binary

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="partsweep-bench-"))
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.home, ignore_errors=True)

    def run(self, environment, *words, limit=None):
        """Runs it with NDJSON as its output."""
        argv = [self.binary, *words, "--format", "ndjson", "--no-progress"]
        run = measure(argv, clean_environment(self.home, **environment), count='"type":"upload"', limit=limit)
        return Told(run, _summary(run.tail), run.count)

    def version(self):
        run = measure([self.binary, "--version"], clean_environment(self.home))
        return run.tail.split()[-1]


def _summary(tail):
    last = tail.rstrip("\n").rpartition("\n")[2]
    try:
        told = json.loads(last)
    except ValueError:
        return {}
    return told.get("totals", {}) if told.get("type") == "summary" else {}
