"""A restart in the middle: what a store forgets to list must not be reported as absent.

Last of all: these seed anew what they need.
"""

from . import listing, seed
from .documents import assert_exit, assert_same, buckets_of, footprints_of, uploads_of
from .trial import ANY_AGE, only_where


# The key of an object, and the prefix of one.
AT_OBJECTS = ("film-1.mp4", "folder")


def _forgets(trial):
    return trial.expectations.listing == "unproven"


@only_where(_forgets)
def what_a_restart_hides_is_unproven_and_not_empty(trial):
    for number in range(20):
        trial.owner_seeder.upload(seed.HOME, f"forgotten/{number}", (100 + number,) * (number % 3))
    for key, size in zip(AT_OBJECTS, (7, 9), strict=True):
        trial.owner_seeder.upload(seed.HOME, key, (size,))
    trial.owner_seeder.put_object(seed.HOME, f"{AT_OBJECTS[1]}/inside", 5)
    before = trial.run("scan", "--format", "json", f"s3://{seed.HOME}")
    assert_same(trial.ledger.footprints([seed.HOME]), footprints_of(before.document), "uploads before the restart")
    trial.store.restart()
    assert not list(listing.list_uploads(trial.owner_client, seed.HOME, True)), "the listing has survived the restart"
    assert_same(trial.ledger.footprints([seed.HOME]), _sizes_by_id(trial), "uploads that can be asked for by id")
    run = trial.run("scan", "--format", "json", f"s3://{seed.HOME}")
    assert_exit(run, 3)
    bucket = buckets_of(run.document)[seed.HOME]
    assert (bucket["listing"], bucket["uploads"]) == ("unproven", []), bucket


@only_where(_forgets)
def the_exact_key_still_finds_what_a_restart_hides(trial):
    for upload in trial.ledger.uploads[:5]:
        run = trial.run("scan", "--format", "json", f"s3://{seed.HOME}/{upload.key}")
        assert_same({upload.name: upload.footprint}, footprints_of(run.document), "uploads under the exact key")


@only_where(_forgets)
def keys_that_are_asked_for_find_what_a_restart_hides(trial):
    hidden = trial.ledger.footprints([seed.HOME])
    keys = trial.store.home / "keys.txt"
    keys.write_text("".join(f"{key}\n" for _, key, _ in hidden))
    run = trial.run("scan", "--format", "json", f"s3://{seed.HOME}", "--keys-from", str(keys))
    assert_exit(run, 3)
    assert_same(hidden, footprints_of(run.document), "uploads at the keys that were given")
    at_objects = {name: footprint for name, footprint in hidden.items() if name[1] in AT_OBJECTS}
    run = trial.run("scan", "--format", "json", f"s3://{seed.HOME}", "--probe-keys")
    assert_exit(run, 3)
    assert_same(at_objects, footprints_of(run.document), "uploads at keys and prefixes of objects")
    bucket = buckets_of(run.document)[seed.HOME]
    assert (bucket["listing"], bucket["keys_asked"]["found"]) == ("unproven", len(AT_OBJECTS)), bucket


@only_where(_forgets)
def the_exact_key_still_sweeps_what_a_restart_hides(trial):
    chosen = trial.ledger.uploads[:5]
    targets = [f"s3://{seed.HOME}/{upload.key}" for upload in chosen]
    run = trial.run("clean", "--yes", *ANY_AGE, "--risk-live", "--format", "json", *targets)
    outcomes = {name: upload["outcome"] for name, upload in uploads_of(run.document).items()}
    assert_same({upload.name: "aborted" for upload in chosen}, outcomes, "outcomes")
    trial.ledger.forget(outcomes)
    assert_same(trial.ledger.footprints([seed.HOME]), _sizes_by_id(trial), "uploads that can be asked for by id")
    for upload in chosen:
        answer = trial.owner_client.send("GET", upload.bucket, upload.key, {"uploadId": upload.upload_id})
        assert answer.status == 404, f"{upload.key}: {answer}"


@only_where(_forgets)
def every_finished_object_is_whole_after_the_restart(trial):
    broken = trial.ledger.broken_objects(trial.client_for)
    assert not broken, "\n".join(broken[:8])


def _sizes_by_id(trial):
    """Returns what ListParts says of each upload that the ledger has in the bucket."""
    found = {}
    for upload in trial.ledger.uploads:
        if upload.bucket == seed.HOME:
            sizes = listing.list_parts(trial.owner_client, upload.bucket, upload.key, upload.upload_id)
            found[upload.name] = (len(sizes), sum(sizes.values()))
    return found


CHECKS = (
    what_a_restart_hides_is_unproven_and_not_empty,
    the_exact_key_still_finds_what_a_restart_hides,
    keys_that_are_asked_for_find_what_a_restart_hides,
    the_exact_key_still_sweeps_what_a_restart_hides,
    every_finished_object_is_whole_after_the_restart,
)
