"""Sweeps by partsweep itself: left alone, or killed and taken up again."""

import signal
import time

from conformance.documents import uploads_of

from .field import BUCKET
from .journal import Watch

# partsweep looks at the key again this long after each abort.
SETTLE_SECONDS = 2
SWEEP = ("clean", "--yes", "--older-than", "0s", "--settle", f"{SETTLE_SECONDS}s", "--format", "json")

# Everything done; or, as often here, something kept or failed because its client was first.
EXITS = (0, 3)


def outcomes_of(document):
    """Counts the outcomes that a sweep reports."""
    counted = {}
    for upload in uploads_of(document).values():
        counted[upload["outcome"]] = counted.get(upload["outcome"], 0) + 1
    return counted


def add(sums, more):
    """Adds counts by their names."""
    return {name: sums.get(name, 0) + more.get(name, 0) for name in {**sums, **more}}


class Guarded:
    """One run of `partsweep clean` for each sweep."""

    def __init__(self, store, program, chance):
        self.store = store
        self.program = program
        self.chance = chance
        self.journals = 0

    def sweep(self, clients):
        """Returns how long the aborts took, and what came of the uploads."""
        journal = self.new_journal()
        began = time.monotonic()
        with Watch(journal, clients.announce):
            run = self.program.run(self.store.owner, *SWEEP, "--journal", str(journal), f"s3://{BUCKET}")
        assert run.exit_code in EXITS, run
        return time.monotonic() - began - SETTLE_SECONDS, outcomes_of(run.document)

    def new_journal(self):
        self.journals += 1
        return self.store.home / f"journal-{self.journals}.ndjson"


class Killed(Guarded):
    """Kills partsweep at any moment of its sweep, lets it settle what is in doubt, and sweeps again."""

    def sweep(self, clients):
        outcomes = self._sweep_and_kill(clients)
        took, rest = super().sweep(clients)
        return took, add(outcomes, rest)

    def _sweep_and_kill(self, clients):
        journal = self.new_journal()
        words = (*SWEEP, "--journal", str(journal), f"s3://{BUCKET}")
        with Watch(journal, clients.announce) as watch:
            child = self.program.start(self.store.owner, *words)
            try:
                watch.first_abort.wait(60)
                time.sleep(self._moment())
            finally:
                child.send_signal(signal.SIGKILL)
                child.communicate()
        return self._settle(journal)

    def _moment(self):
        """Returns seconds after the first abort: half of them while most aborts are being sent."""
        return self.chance.uniform(0, self.chance.choice((0.3, SETTLE_SECONDS + 1)))

    def _settle(self, journal):
        words = ("apply", "--resume", "--journal", str(journal), "--format", "json")
        run = self.program.run(self.store.owner, *words)
        assert run.exit_code in EXITS, run
        return outcomes_of(run.document) if run.stdout else {}
