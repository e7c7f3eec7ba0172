"""What `stores/seaweedfs.toml` claims, asked of a running server."""

import re

from . import races
from .bench import (
    WHOLE_BUCKET,
    WHOLE_SECONDS,
    abort_after,
    expect,
    is_now,
    part_numbers,
    put_lifecycle,
    rule,
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


def answers_name_the_server(bench):
    answer = bench.owner.send("GET", bench.bucket(), query={"uploads": ""})
    assert answer.headers["server"].startswith("SeaweedFS"), answer.headers["server"]


def pages_go_on_by_id_and_a_made_up_key_marker_loses_uploads(bench):
    bucket = bench.bucket()
    keys = [f"key-{number:03}" for number in range(60)]
    every = sorted(zip(keys, bench.uploads(bucket, keys), strict=True))
    first = bench.page(bucket, max_uploads=20)
    assert first.is_truncated and first.text_of("NextUploadIdMarker"), first.rest
    assert not first.text_of("NextKeyMarker"), first.rest
    same(every, sorted(name for page in bench.pages(bucket, max_uploads=20) for name in page.names), "pages by what came")
    found, page = list(first.names), first
    while page.is_truncated and page.names:
        key, upload_id = page.names[-1]
        page = bench.page(bucket, max_uploads=20, key_marker=key, upload_id_marker=upload_id)
        found += page.names
    assert len(set(found)) < len(every), "pages by a key-marker lose none"


def initiated_is_in_whole_seconds(bench):
    bucket = bench.bucket()
    bench.owner.create_upload(bucket, "begun")
    initiated = re.search(r"<Initiated>([^<]*)", bench.page(bucket).xml).group(1)
    is_now(initiated, WHOLE_SECONDS)


def url_encoding_is_echoed_and_not_done(bench):
    bucket = bench.bucket()
    bench.owner.create_upload(bucket, "a b+c")
    page = bench.page(bucket, encoding_type="url")
    same("url", page.text_of("EncodingType"), "EncodingType")
    same(["a b+c"], page.keys, "keys")


def uploads_are_in_the_order_of_their_ids(bench):
    bucket = bench.bucket()
    bench.uploads(bucket, [f"key-{number:05}" for number in range(10_001)])
    page = bench.page(bucket)
    same((10_000, True), (len(page.uploads), page.is_truncated), "uploads on a page, and whether there are more")
    same(sorted(page.ids), page.ids, "ids")
    assert page.keys != sorted(page.keys), "they are in the order of their keys, too"
    for asked, expected in ((10, 10), (20_000, 10_001)):
        same(expected, len(bench.page(bucket, max_uploads=asked).uploads), f"uploads on a page of {asked}")


def owner_initiator_and_class_are_missing(bench):
    bucket = bench.bucket()
    bench.upload(bucket, "begun")
    (upload,) = bench.page(bucket).uploads
    for element in ("Owner", "Initiator", "StorageClass"):
        assert f"<{element}" not in upload, upload


def control_characters_are_lost(bench):
    bucket = bench.bucket()
    upload_id = bench.upload(bucket, "ctl\x01x")
    same(["ctl\ufffdx"], bench.page(bucket, encoding_type="url").keys, "keys")
    expect(bench.parts(bucket, "ctl\ufffdx", upload_id), 404)
    expect(bench.parts(bucket, "ctl\x01x", upload_id), 200)


def parts_come_twice_and_from_10000_on_are_lost(bench):
    bucket = bench.bucket()
    upload_id = bench.upload(bucket, "parts", (1, 1))
    bench.owner.put_part(bucket, "parts", upload_id, 2, b"again")
    same([1, 2, 2], sorted(part_numbers(bench.parts(bucket, "parts", upload_id))), "parts of which one was sent twice")
    for number in (9_998, 9_999, 10_000):
        bench.owner.put_part(bucket, "parts", upload_id, number, b"x")
    after = part_numbers(bench.parts(bucket, "parts", upload_id, part_number_marker=9_998))
    assert 10_000 not in after and 10_000 in part_numbers(bench.parts(bucket, "parts", upload_id)), after


def an_abort_is_204_twice_and_404_for_an_unknown_id(bench):
    bucket = bench.bucket()
    upload_id = bench.upload(bucket, "gone")
    for _ in range(2):
        expect(bench.owner.abort(bucket, "gone", upload_id), 204)
    unknown = f"{'0' * 40}_{'0' * 32}"
    for made_up in (unknown, "unknown"):
        assert bench.owner.abort(bucket, "gone", made_up).status == 404, made_up


def an_abort_without_a_key_deletes_an_empty_bucket(bench):
    bucket = bench.bucket()
    expect(bench.owner.abort(bucket, "", "x"), 204)
    assert not bench.has_bucket(bucket), "the bucket is still there"


def a_pass_of_the_worker_follows_the_rule(bench):
    ruled, other = bench.bucket(), bench.bucket()
    old = {bucket: bench.upload(bucket, "old") for bucket in (ruled, other)}
    bench.upload(ruled, "young")
    for bucket, upload_id in old.items():
        bench.store.make_older(bucket, upload_id)
    expect(put_lifecycle(bench.owner, ruled, rule(WHOLE_BUCKET + abort_after(1))), 200)
    same(["old", "young"], sorted(bench.page(ruled).keys), "uploads before a worker ran")
    bench.store.run_worker()
    same(["young"], bench.page(ruled).keys, "uploads where there is a rule")
    same(["old"], bench.page(other).keys, "uploads where there is none")
