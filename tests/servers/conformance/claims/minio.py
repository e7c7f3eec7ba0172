"""What `stores/minio.toml` claims, asked of a running server."""

import re

from . import races
from .bench import (
    MILLISECONDS,
    WHOLE_BUCKET,
    abort_after,
    expect,
    is_now,
    part_numbers,
    put_lifecycle,
    rule,
    rules_read,
    same,
)

ROUNDS = 60


def a_race_leaves_every_object_whole(bench):
    bucket = bench.bucket()
    rounds = races.race(bench, bucket, ROUNDS)
    stored = [(one, races.is_whole(bench, bucket, one.key)) for one in rounds if one.was_stored]
    assert any(one.overlapped for one, _ in stored), "no abort was sent while its upload was completed"
    damaged = [one for one, is_whole in stored if not is_whole]
    assert not damaged, f"{len(damaged)} of {len(stored)} objects are damaged: {damaged[0]}"
    same({204}, {one.aborted.status for one in rounds}, "answers to the aborts")


def an_abort_of_any_id_is_204_and_does_no_harm(bench):
    bucket = bench.bucket()
    gone = bench.completed(bucket, "done", b"object")
    other = bench.upload(bucket, "other")
    for upload_id in (gone, gone, other, "unknown", ""):
        expect(bench.owner.abort(bucket, "done", upload_id), 204)
    same(b"object", bench.owner.get(bucket, "done"), "the object")
    expect(bench.parts(bucket, "other", other), 200)


def answers_name_the_server(bench):
    answer = bench.owner.send("GET", bench.bucket(), query={"uploads": ""})
    same("MinIO", answer.headers["server"], "Server")


def a_restart_empties_the_listing_and_keeps_the_uploads(bench):
    bucket = bench.bucket()
    upload_id = bench.upload(bucket, "deep/kept", (1_000,))
    same(["deep/kept"], bench.page(bucket).keys, "uploads before the restart")
    bench.store.restart()
    same([], bench.page(bucket).keys, "uploads after the restart")
    same([1], part_numbers(bench.parts(bucket, "deep/kept", upload_id)), "parts after the restart")
    same(["deep/kept"], bench.page(bucket, prefix="deep/kept").keys, "uploads of the exact key")


def a_prefix_finds_the_exact_key_only(bench):
    bucket = bench.bucket()
    for key in ("same", "same", "samedi", "deep/a"):
        bench.owner.create_upload(bucket, key)
    same(["same", "same"], bench.page(bucket, prefix="same").keys, "uploads with the prefix `same`")
    for prefix in ("sam", "deep/"):
        same([], bench.page(bucket, prefix=prefix).keys, f"uploads with the prefix `{prefix}`")


def without_a_prefix_there_is_one_page(bench):
    bucket = bench.bucket()
    keys = ("a/1", "a/2", "b/3")
    for key in keys:
        bench.owner.create_upload(bucket, key)
    for query in ({"max_uploads": 1}, {"key_marker": "a/2"}, {"delimiter": "/"}):
        page = bench.page(bucket, **query)
        same(sorted(keys), sorted(page.keys), f"uploads with {query}")
        assert not page.is_truncated and "<CommonPrefixes>" not in page.xml, page.rest


def keys_are_whole_with_url_encoding_only(bench):
    bucket = bench.bucket()
    bench.owner.create_upload(bucket, "ctl\x01x y")
    same(["ctl\ufffdx y"], bench.page(bucket).keys, "keys without encoding-type")
    same(["ctl%01x+y"], bench.page(bucket, encoding_type="url").keys, "keys with encoding-type=url")


def times_have_milliseconds(bench):
    bucket = bench.bucket()
    bench.upload(bucket, "begun")
    initiated = re.search(r"<Initiated>([^<]*)", bench.page(bucket).xml).group(1)
    is_now(initiated, MILLISECONDS)


def pages_of_parts_have_10000_at_most_and_a_gone_upload_is_404(bench):
    bucket = bench.bucket()
    upload_id = bench.upload(bucket, "parts")
    answer = bench.parts(bucket, "parts", upload_id, max_parts=50_000)
    same(b"10000", re.search(rb"<MaxParts>(\d+)", answer.body).group(1), "MaxParts")
    expect(bench.owner.abort(bucket, "parts", upload_id), 204)
    expect(bench.parts(bucket, "parts", upload_id), 404, "NoSuchUpload")


def a_clock_that_is_an_hour_off_is_refused(bench):
    client = bench.store.client(bench.store.owner)
    for hours in (1, -1):
        client.turn_clock(hours / 24)
        expect(client.send("GET"), 403, "RequestTimeTooSkewed")


def any_region_is_taken(bench):
    expect(bench.client_of_region("mars-north-7").send("GET"), 200)


def every_bucket_is_listed_whatever_may_be_done_in_it(bench):
    forbidden = bench.bucket()
    assert forbidden in bench.guest.list_buckets(), bench.guest.list_buckets()
    expect(bench.guest.send("GET", forbidden, query={"uploads": ""}), 403, "AccessDenied")


def a_rule_that_only_aborts_is_refused(bench):
    bucket = bench.bucket()
    for alone in (rule(WHOLE_BUCKET + abort_after(7)), rule("<Filter><Prefix>tmp/</Prefix></Filter>" + abort_after(7))):
        answer = put_lifecycle(bench.owner, bucket, alone)
        expect(answer, 400, "InvalidArgument")
        assert b"The XML you provided was not well-formed" in answer.body, answer.body


def an_abort_beside_other_actions_is_dropped(bench):
    bucket = bench.bucket()
    expires = "<Expiration><Days>30</Days></Expiration>"
    expect(put_lifecycle(bench.owner, bucket, rule(WHOLE_BUCKET + expires + abort_after(7))), 200)
    (read,) = rules_read(bench.owner, bucket)
    assert expires in read and "Abort" not in read, read
