"""Looking: `scan` shows exactly what is there, and changes nothing."""

import datetime
import json

from . import listing, seed
from .documents import assert_exit, assert_same, buckets_of, footprints_of, uploads_of
from .trial import AGED, ANY_AGE, only_where

FIELDS = {"storage_class": "StorageClass", "owner": "Owner", "initiator": "Initiator"}


def the_server_refuses_the_keys_that_it_is_known_to_refuse(trial):
    accepted = [key for key in trial.expectations.refused if not seed.is_refused(trial.owner_client, seed.ODD, key)]
    assert not accepted, f"accepted, against expectations.py: {accepted!r}"


def doctor_names_the_store(trial):
    run = trial.run("doctor", "--format", "json", f"s3://{seed.HOME}")
    document = run.document
    assert document["connected"], run
    assert document["provider"] == trial.expectations.provider, f"{document['provider']}\n{run}"
    assert document["recognized_by"], run


def the_server_itself_lists_what_was_uploaded(trial):
    expected = trial.ledger.footprints(trial.owner_buckets())
    assert_same(expected, trial.whole_inventory, "uploads on the server")


def scan_lists_exactly_what_was_uploaded(trial):
    buckets = trial.owner_buckets()
    run = trial.whole_scan
    assert_exit(run, trial.expected_exit(buckets))
    assert_same(trial.expected_footprints(buckets), footprints_of(run.document), "uploads in the scan")
    assert sorted(buckets_of(run.document)) == sorted(buckets), f"buckets: {sorted(buckets_of(run.document))}"


def scan_lists_exactly_what_the_server_lists(trial):
    unknown = dict.fromkeys(trial.mangled_names(trial.owner_buckets()), (None, None))
    assert_same(trial.whole_inventory | unknown, footprints_of(trial.whole_scan.document), "uploads in the scan")


def the_totals_are_the_sums(trial):
    buckets = trial.owner_buckets()
    document = trial.whole_scan.document
    known = trial.ledger.footprints(buckets)
    mangled = trial.mangled_names(buckets)

    def totals_of(names):
        sized = [known[name] for name in names if name not in mangled]
        parts, size = (sum(column) for column in zip(*sized, strict=True)) if sized else (0, 0)
        return {"uploads": len(names), "parts": parts, "bytes": size}

    for name, bucket in buckets_of(document).items():
        expected = totals_of([upload for upload in known if upload[0] == name])
        got = {word: bucket["totals"][word] for word in expected}
        assert got == expected, f"totals of {name}: {got}, expected {expected}"
    expected = totals_of(known)
    got = {word: document["totals"][word] for word in expected}
    assert got == expected, f"totals: {got}, expected {expected}"
    assert document["totals"]["buckets"] == len(buckets), document["totals"]
    sweepable = {"uploads": len(known) - len(mangled), "bytes": expected["bytes"]}
    got = {word: document["totals"]["sweepable"][word] for word in sweepable}
    assert got == sweepable, f"sweepable: {got}, expected {sweepable}"


def scan_says_how_far_each_listing_can_be_believed(trial):
    document = trial.whole_scan.document
    assert document["schema"] == "partsweep.scan/1", document["schema"]
    assert document["provider"] == trial.expectations.provider, document["provider"]
    listings = {name: bucket["listing"] for name, bucket in buckets_of(document).items()}
    assert_same(dict.fromkeys(trial.owner_buckets(), trial.expectations.listing), listings, "listings")


def scan_shows_dates_and_names_as_the_server_does(trial):
    """On Ceph this is the comparison with `aws s3api list-multipart-uploads`, field by field."""
    uploads = uploads_of(trial.whole_scan.document)
    for bucket in trial.owner_buckets():
        client, encoded = trial.client_for(bucket), trial.expectations.lists_url_encoded
        if bucket == trial.store.guest_bucket:
            # Owner and Initiator are the caller on some servers: ask as the one whom the program runs for.
            client = trial.owner_client
        for raw in listing.list_uploads(client, bucket, encoded):
            shown = uploads[bucket, raw["Key"], raw["UploadId"]]
            got = {word: shown[word] for word in ("initiated", *FIELDS)}
            expected = {word: raw[element] or None for word, element in FIELDS.items()}
            expected["initiated"] = _with_milliseconds(raw["Initiated"])
            assert got == expected, f"{bucket}/{raw['Key']!r}: {got}, expected {expected}"


def the_last_activity_is_never_before_the_beginning(trial):
    unknown = trial.mangled_names(trial.owner_buckets())
    for name, upload in uploads_of(trial.whole_scan.document).items():
        if name in unknown:
            continue
        began, active = _instant(upload["initiated"]), _instant(upload["last_activity"])
        assert active >= began, f"{name}: {upload}"


@only_where(lambda trial: trial.expectations.mangled)
def an_upload_whose_key_is_lost_is_shown_and_kept(trial):
    names = trial.mangled_names(trial.owner_buckets())
    uploads = uploads_of(trial.run("scan", "--format", "json", *ANY_AGE, f"s3://{seed.ODD}").document)
    for name in names:
        verdict = (uploads[name]["verdict"], uploads[name]["because"])
        assert verdict == ("keep", "key_uncertain"), f"{name}: {verdict}"


def a_prefix_shows_the_keys_that_start_with_it(trial):
    run = trial.run("scan", "--format", "json", f"s3://{seed.HOME}/raw/1")
    expected = {
        name: what for name, what in trial.ledger.footprints([seed.HOME]).items() if name[1].startswith("raw/1")
    }
    assert len(expected) == 100, len(expected)
    assert_same(expected, footprints_of(run.document), "uploads with the prefix")


def ndjson_has_the_same_uploads(trial):
    run = trial.run("scan", "--format", "ndjson")
    lines = [json.loads(line) for line in run.stdout.split("\n") if line]
    uploads = {
        (line["bucket"], line["key"], line["upload_id"]): (line["parts"], line["bytes"])
        for line in lines
        if line["type"] == "upload"
    }
    count = sum(line["type"] == "upload" for line in lines)
    assert count == len(uploads), f"{count - len(uploads)} uploads are there twice"
    assert_same(trial.expected_footprints(trial.owner_buckets()), uploads, "lines with an upload")
    assert lines[-1]["type"] == "summary", lines[-1]


def check_exits_4_where_it_finds_something(trial):
    assert_exit(trial.run("scan", "--check", *ANY_AGE, f"s3://{seed.QUIET}"), trial.expected_exit([seed.QUIET]))
    # What is unknown outranks what was found.
    expected = trial.expected_exit([seed.HOME]) or 4
    assert_exit(trial.run("scan", "--check", *ANY_AGE, f"s3://{seed.HOME}"), expected)


@only_where(lambda trial: trial.store.has_clock)
def an_old_upload_is_old_and_one_that_got_a_part_today_is_not(trial):
    trial.needs_clock()
    uploads = uploads_of(trial.run("scan", "--format", "json", f"s3://{AGED}").document)
    verdicts = {name: upload["verdict"] for name, upload in uploads.items()}
    expected = {name: "sweep" if name in trial.aged_names else "keep" for name in trial.ledger.footprints([AGED])}
    assert_same(expected, verdicts, "verdicts")


def no_scan_has_changed_anything(trial):
    trial.assert_ledger_holds([*trial.owner_buckets(), trial.store.guest_bucket])


def _with_milliseconds(text):
    """Returns a server's date as the program writes it: SeaweedFS sends whole seconds."""
    return text if "." in text else text.replace("Z", ".000Z")


def _instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


CHECKS = (
    doctor_names_the_store,
    the_server_refuses_the_keys_that_it_is_known_to_refuse,
    the_server_itself_lists_what_was_uploaded,
    scan_lists_exactly_what_was_uploaded,
    scan_lists_exactly_what_the_server_lists,
    the_totals_are_the_sums,
    scan_says_how_far_each_listing_can_be_believed,
    scan_shows_dates_and_names_as_the_server_does,
    the_last_activity_is_never_before_the_beginning,
    an_upload_whose_key_is_lost_is_shown_and_kept,
    a_prefix_shows_the_keys_that_start_with_it,
    ndjson_has_the_same_uploads,
    check_exits_4_where_it_finds_something,
    an_old_upload_is_old_and_one_that_got_a_part_today_is_not,
    no_scan_has_changed_anything,
)
