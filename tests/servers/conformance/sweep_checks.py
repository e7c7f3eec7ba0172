"""Acting: `clean` takes exactly what it should, and every finished object stays whole.

These run in this order: each begins with what the one before has left.
"""

import time

from . import seed
from .documents import assert_exit, assert_same, footprints_of, uploads_of
from .trial import AGED, ANY_AGE, only_where

# An upload and a finished object that may be one and the same.
TWIN_KEY = "perhaps-finished"
TWIN_BYTES = 4_321


def by_default_nothing_fresh_is_swept(trial):
    buckets = [bucket for bucket in trial.owner_buckets() if bucket != AGED]
    run = trial.run("clean", "--yes", "--format", "json", *(f"s3://{bucket}" for bucket in buckets))
    assert_exit(run, trial.expected_exit(buckets))
    touched = {name: upload for name, upload in uploads_of(run.document).items() if upload["outcome"] != "kept"}
    assert not touched, f"touched: {touched}"
    trial.assert_ledger_holds(buckets)


def a_dry_run_sweeps_nothing(trial):
    trial.run("clean", "--yes", "--dry-run", *ANY_AGE, "--risk-live", "--format", "json", f"s3://{seed.HOME}")
    trial.assert_ledger_holds([seed.HOME])


def without_yes_and_without_a_terminal_nothing_is_swept(trial):
    run = trial.run("clean", *ANY_AGE, "--risk-live", "--format", "json", f"s3://{seed.HOME}")
    assert run.exit_code in (2, 5), f"exit 2 or 5 expected\n{run}"
    trial.assert_ledger_holds([seed.HOME])


def a_limit_refuses_before_the_first_abort(trial):
    uploads = len(trial.ledger.footprints([seed.HOME]))
    run = trial.run("clean", "--yes", *ANY_AGE, "--risk-live", "--max-uploads", str(uploads - 1), f"s3://{seed.HOME}")
    assert_exit(run, 5)
    trial.assert_ledger_holds([seed.HOME])


@only_where(lambda trial: trial.store.has_clock)
def by_default_only_old_uploads_are_swept(trial):
    trial.needs_clock()
    run = trial.run("clean", "--yes", "--format", "json", f"s3://{AGED}")
    assert_exit(run, 0)
    aborted = {name for name, upload in uploads_of(run.document).items() if upload["outcome"] == "aborted"}
    assert aborted == trial.aged_names, f"wrongly swept {aborted - trial.aged_names}, left {trial.aged_names - aborted}"
    trial.ledger.forget(aborted)
    trial.assert_ledger_holds([AGED])


@only_where(lambda trial: trial.expectations.upload_outlives_put)
def an_upload_that_may_be_a_finished_object_is_kept(trial):
    twin = trial.owner_seeder.upload(seed.QUIET, TWIN_KEY, (TWIN_BYTES,))
    trial.owner_seeder.put_object(seed.QUIET, TWIN_KEY, TWIN_BYTES)
    run = trial.run("clean", "--yes", *ANY_AGE, "--risk-live", "--format", "json", f"s3://{seed.QUIET}")
    upload = uploads_of(run.document)[twin.name]
    assert (upload["outcome"], upload["because"]) == ("kept", "finished_object"), upload
    trial.assert_ledger_holds([seed.QUIET])
    # Out of the way of what follows.
    trial.owner_client.abort(seed.QUIET, TWIN_KEY, twin.upload_id)
    trial.ledger.forget([twin.name])


def clean_frees_exactly_what_it_should(trial):
    buckets = trial.owner_buckets()
    expected = trial.ledger.footprints(buckets)
    kept = trial.mangled_names(buckets)
    run = trial.run("clean", "--yes", *ANY_AGE, "--risk-live", "--format", "json")
    document = run.document
    assert document["schema"] == "partsweep.sweep/1", document["schema"]
    assert_exit(run, trial.expected_exit(buckets))
    swept = {name: upload for name, upload in uploads_of(document).items() if name not in kept}
    outcomes = {name: (upload["outcome"], upload["bytes_freed"]) for name, upload in swept.items()}
    trial.ledger.forget(name for name, upload in swept.items() if upload["outcome"] == "aborted")
    assert_same(
        {name: ("aborted", size) for name, (_, size) in expected.items() if name not in kept}, outcomes, "outcomes"
    )
    freed = sum(size for name, (_, size) in expected.items() if name not in kept)
    totals = {word: document["totals"][word] for word in ("aborted", "bytes_freed")}
    assert totals == {"aborted": len(swept), "bytes_freed": freed}, f"totals: {document['totals']}"


def only_what_must_be_kept_is_left(trial):
    buckets = trial.owner_buckets()
    left = trial.ledger.footprints(buckets)
    assert set(left) == trial.mangled_names(buckets), f"left: {list(left)[:5]!r}"
    trial.assert_ledger_holds(buckets)


def a_second_scan_finds_nothing_more(trial):
    buckets = trial.owner_buckets()
    run = trial.run("scan", "--format", "json", *ANY_AGE)
    assert_exit(run, trial.expected_exit(buckets))
    assert_same(trial.expected_footprints(buckets), footprints_of(run.document), "uploads in the second scan")
    assert run.document["totals"]["sweepable"]["uploads"] == 0, run.document["totals"]


def a_second_clean_does_nothing(trial):
    buckets = trial.owner_buckets()
    run = trial.run("clean", "--yes", *ANY_AGE, "--risk-live", "--format", "json")
    assert_exit(run, trial.expected_exit(buckets))
    touched = [upload for upload in uploads_of(run.document).values() if upload["outcome"] != "kept"]
    assert not touched, f"touched: {touched}"


def every_finished_object_reads_back_whole(trial):
    broken = trial.ledger.broken_objects(trial.client_for)
    assert not broken, f"{len(broken)} of {trial.ledger.object_count}:\n" + "\n".join(broken[:8])


@only_where(lambda trial: trial.store.has_garbage_collection)
def every_finished_object_is_whole_after_garbage_collection(trial):
    """What an abort has destroyed on Ceph reads well until the garbage is collected."""
    trial.store.collect_garbage()
    # The collector goes on for a moment after the command has ended.
    time.sleep(5)
    every_finished_object_reads_back_whole(trial)


CHECKS = (
    by_default_nothing_fresh_is_swept,
    a_dry_run_sweeps_nothing,
    without_yes_and_without_a_terminal_nothing_is_swept,
    a_limit_refuses_before_the_first_abort,
    by_default_only_old_uploads_are_swept,
    an_upload_that_may_be_a_finished_object_is_kept,
    clean_frees_exactly_what_it_should,
    only_what_must_be_kept_is_left,
    a_second_scan_finds_nothing_more,
    a_second_clean_does_nothing,
    every_finished_object_reads_back_whole,
    every_finished_object_is_whole_after_garbage_collection,
)
