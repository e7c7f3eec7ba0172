"""Rights: what is denied is shown as denied, and stops nothing else."""

import dataclasses

from . import seed
from .documents import assert_exit, assert_same, buckets_of, footprints_of, uploads_of
from .trial import ANY_AGE


def a_denied_bucket_is_shown_and_the_others_are_done(trial):
    own, forbidden = trial.store.guest_bucket, trial.store.forbidden_bucket
    run = trial.run("scan", "--format", "json", f"s3://{forbidden}", f"s3://{own}", user=trial.store.guest)
    assert_exit(run, 3)
    buckets = buckets_of(run.document)
    assert buckets[forbidden]["listing"] == "denied", buckets[forbidden]
    assert buckets[forbidden].get("error"), f"no word on why: {buckets[forbidden]}"
    assert buckets[own]["listing"] == trial.expectations.listing, buckets[own]["listing"]
    assert_same(trial.ledger.footprints([own]), footprints_of(run.document), "uploads in the guest's bucket")


def a_missing_bucket_is_shown_and_the_others_are_done(trial):
    run = trial.run("scan", "--format", "json", "s3://never-created", f"s3://{seed.LARGE}")
    assert_exit(run, 3)
    assert buckets_of(run.document)["never-created"]["listing"] == "failed", run
    assert_same(trial.ledger.footprints([seed.LARGE]), footprints_of(run.document), "uploads in the other bucket")


def the_guest_sweeps_its_own_and_nothing_else(trial):
    own, forbidden = trial.store.guest_bucket, trial.store.forbidden_bucket
    targets = (f"s3://{forbidden}", f"s3://{own}")
    run = trial.run("clean", "--yes", *ANY_AGE, "--risk-live", "--format", "json", *targets, user=trial.store.guest)
    assert_exit(run, 3)
    swept = {name: upload["outcome"] for name, upload in uploads_of(run.document).items()}
    assert_same(dict.fromkeys(trial.ledger.footprints([own]), "aborted"), swept, "outcomes")
    trial.ledger.forget(swept)
    trial.assert_ledger_holds([own, forbidden])


def a_bad_secret_is_one_line_with_a_hint(trial):
    impostor = dataclasses.replace(trial.store.owner, secret_key="0" * len(trial.store.owner.secret_key))
    for words in (("scan",), ("scan", f"s3://{seed.HOME}"), ("clean", "--yes", *ANY_AGE, "--risk-live")):
        run = trial.run(*words, "--format", "json", "--no-progress", user=impostor)
        assert run.exit_code in (1, 3), f"exit 1 or 3 expected\n{run}"
        lines = run.stderr.strip().splitlines()
        hints = [line for line in lines if line.startswith("hint:")]
        assert hints, f"no hint\n{run}"
        assert len(lines) - len(hints) <= 1, f"more than one line beside the hints\n{run}"
        assert trial.store.owner.secret_key not in run.stdout + run.stderr


CHECKS = (
    a_denied_bucket_is_shown_and_the_others_are_done,
    a_missing_bucket_is_shown_and_the_others_are_done,
    the_guest_sweeps_its_own_and_nothing_else,
    a_bad_secret_is_one_line_with_a_hint,
)
