"""Runs every check on one server, and counts."""

import dataclasses
import time

from . import (
    all_users_checks,
    claims,
    lifecycle_checks,
    many_checks,
    policy_checks,
    rescue_checks,
    restart_checks,
    rights_checks,
    scan_checks,
    sweep_checks,
)
from .trial import Skip, Trial

CHECKS = (
    *scan_checks.CHECKS,
    *rights_checks.CHECKS,
    *sweep_checks.CHECKS,
    *policy_checks.CHECKS,
    *lifecycle_checks.CHECKS,
    *all_users_checks.CHECKS,
    *restart_checks.CHECKS,
    *many_checks.CHECKS,
    *rescue_checks.CHECKS,
)


@dataclasses.dataclass
class Tally:
    """Checks that passed, that failed, and that this machine could not run."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Tally(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run_claims(store):
    """Tries on a started server only what its file claims; needs neither the program nor a seeded server."""
    tally = Tally()
    trial = Trial(store, None)
    store.make_shared_buckets(trial.owner_client)
    _run_checks(claims.checks_of(store.name), trial, tally)
    return tally


def run_suite(store, binary):
    """Seeds a started server, runs all checks on it, prints each result and returns the tally."""
    tally = Tally()
    trial = Trial(store, binary)
    began = time.monotonic()
    trial.seed()
    uploads, objects = len(trial.ledger.uploads), trial.ledger.object_count
    print(f"  seeded {uploads} uploads and {objects} objects in {time.monotonic() - began:.0f} s", flush=True)
    # The claims come last: some restart the server.
    _run_checks((*CHECKS, *claims.checks_of(store.name)), trial, tally)
    return tally


def _run_checks(checks, trial, tally):
    for check in checks:
        if getattr(check, "applies", _everywhere)(trial):
            _run_check(check, trial, tally)


def _everywhere(_trial):
    return True


def _run_check(check, trial, tally):
    name = check.__name__.replace("_", " ")
    began = time.monotonic()
    try:
        check(trial)
    except Skip as reason:
        tally.skipped += 1
        print(f"  skip  {name}: {reason}", flush=True)
    except Exception as failure:
        # Whatever went wrong in one check, the server is still there for the next ones.
        tally.failed += 1
        print(f"  FAIL  {name}", flush=True)
        text = str(failure) if isinstance(failure, AssertionError) else f"{type(failure).__name__}: {failure}"
        for line in text.splitlines():
            print(f"        {line}", flush=True)
    else:
        tally.passed += 1
        print(f"  ok    {name} ({time.monotonic() - began:.1f} s)", flush=True)
