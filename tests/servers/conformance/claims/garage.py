"""What `stores/garage.toml` claims, asked of a running server."""

import re
import time

from ..trial import Skip
from . import races
from .bench import (
    MILLISECONDS,
    WHOLE_BUCKET,
    abort_after,
    complete_document,
    expect,
    is_now,
    put_lifecycle,
    rule,
    rules_read,
    same,
)

# Some of them are aborted while they are completed.
ROUNDS = 60

# How long the daily pass is waited for; it begins with the server.
PASS_SECONDS = 20


def _raced(bench):
    bucket = bench.bucket()
    return [(one, races.is_whole(bench, bucket, one.key)) for one in races.race(bench, bucket, ROUNDS) if one.was_stored]


def an_object_whose_upload_was_aborted_meanwhile_never_appears(bench):
    both = [is_whole for one, is_whole in bench.once(_raced) if one.aborted.status == 204]
    assert both, f"in {ROUNDS} rounds no abort and complete succeeded both"
    assert not any(both), f"{sum(both)} of {len(both)} objects are there"


def an_abort_that_was_answered_with_404_leaves_the_object_whole(bench):
    refused = [is_whole for one, is_whole in bench.once(_raced) if one.aborted.status == 404]
    assert refused and all(refused), f"{len(refused) - sum(refused)} of {len(refused)} objects are lost"


def answers_name_no_server_and_keys_have_their_form(bench):
    bucket = bench.bucket()
    answer = bench.owner.send("GET", bucket, query={"uploads": ""})
    told = [name for name in answer.headers if name.lower() in ("server", "x-amz-request-id", "x-amz-id-2")]
    same([], told, "headers that name the server or the request")
    made = bench.store.command("key", "create", "probe")
    assert re.search(r"\bGK[0-9a-f]{24}\b", made), made


def pages_follow_each_other_by_key_and_are_sorted_by_id(bench):
    bucket = bench.bucket()
    bench.uploads(bucket, [f"key-{number:02}" for number in range(40)])
    pages = bench.pages(bucket, max_uploads=10)
    assert len(pages) >= 4, len(pages)
    for page in pages:
        same(sorted(page.ids), page.ids, "ids on a page")
    for page, following in zip(pages, pages[1:], strict=False):
        assert not following.keys or max(page.keys) <= min(following.keys), (page.keys, following.keys)
    assert any(page.keys != sorted(page.keys) for page in pages), "every page is in the order of its keys"


def a_rule_is_taken_with_its_prefix_in_a_filter_only(bench):
    bucket = bench.bucket()
    expect(put_lifecycle(bench.owner, bucket, rule("<Filter><Prefix>tmp/</Prefix></Filter>" + abort_after(7))), 200)
    (read,) = rules_read(bench.owner, bucket)
    assert "<Filter><Prefix>tmp/</Prefix></Filter>" in read, read
    # Anything else is dropped without a word, so that the rule covers more than was meant.
    tagged = "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>"
    for narrow in ("<Prefix>tmp/</Prefix>", tagged):
        expect(put_lifecycle(bench.owner, bucket, rule(narrow + abort_after(7))), 200)
        (read,) = rules_read(bench.owner, bucket)
        assert "tmp/" not in read and "Tag" not in read, read
    moved = "<Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>"
    older = "<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>"
    for action in (moved, older):
        expect(put_lifecycle(bench.owner, bucket, rule(WHOLE_BUCKET + action)), 200)
        (read,) = rules_read(bench.owner, bucket)
        assert "Days" not in read, read


def an_abort_of_a_gone_or_unknown_upload_is_404(bench):
    bucket = bench.bucket()
    gone = bench.upload(bucket, "gone")
    expect(bench.owner.abort(bucket, "gone", gone), 204)
    for upload_id in (gone, "0" * 64):
        expect(bench.owner.abort(bucket, "gone", upload_id), 404, "NoSuchUpload")


def an_abort_without_a_name_deletes_what_it_names(bench):
    bucket = bench.bucket()
    bench.owner.put(bucket, "live", b"object")
    expect(bench.owner.abort(bucket, "live", ""), 204)
    expect(bench.owner.send("GET", bucket, "live"), 404, "NoSuchKey")
    assert bench.has_bucket(bucket)
    expect(bench.owner.abort(bucket, "", "x"), 204)
    assert not bench.has_bucket(bucket), "the bucket is still there"


def an_object_ends_the_older_uploads_of_its_key(bench):
    bucket = bench.bucket()
    older = bench.upload(bucket, "same")
    other = bench.upload(bucket, "other")
    bench.owner.put(bucket, "same", b"object")
    same([("other", other)], bench.page(bucket).names, "uploads after the PutObject")
    expect(bench.owner.abort(bucket, "same", older), 404, "NoSuchUpload")


def the_id_marker_comes_in_the_middle_of_a_key_only(bench):
    bucket = bench.bucket()
    for key in ("a", "a", "b"):
        bench.owner.create_upload(bucket, key)
    within, between = bench.page(bucket, max_uploads=1), bench.page(bucket, max_uploads=2)
    assert within.text_of("NextKeyMarker") == "a" and within.text_of("NextUploadIdMarker"), within.rest
    assert between.text_of("NextKeyMarker") and not between.text_of("NextUploadIdMarker"), between.rest


def url_encoding_reaches_all_but_common_prefixes(bench):
    bucket = bench.bucket()
    for key in ("a b/c d", "e f"):
        bench.owner.create_upload(bucket, key)
    page = bench.page(bucket, encoding_type="url", max_uploads=1)
    same(["a%20b%2Fc%20d"], page.keys, "keys")
    # The marker may be the key, or what comes next.
    assert "%20" in page.text_of("NextKeyMarker"), page.rest
    grouped = bench.page(bucket, encoding_type="url", delimiter="/")
    same("a b/", re.search(r"<CommonPrefixes><Prefix>([^<]*)", grouped.xml).group(1), "common prefix")


def control_characters_come_as_they_are(bench):
    bucket = bench.bucket()
    bench.owner.create_upload(bucket, "ctl\x01x")
    assert "<Key>ctl\x01x</Key>" in bench.page(bucket).xml


def times_have_milliseconds(bench):
    bucket = bench.bucket()
    bench.upload(bucket, "begun")
    initiated = re.search(r"<Initiated>([^<]*)", bench.page(bucket).xml).group(1)
    is_now(initiated, MILLISECONDS)


def a_wrong_region_is_answered_with_the_right_one(bench):
    answer = bench.client_of_region("us-east-1").send("GET")
    expect(answer, 400, "AuthorizationHeaderMalformed")
    assert b"<Region>garage</Region>" in answer.body, answer.body


def conditions_of_a_complete_are_ignored(bench):
    bucket = bench.bucket()
    for headers in ({"if-none-match": "*"}, {"if-match": '"0123456789abcdef0123456789abcdef"'}):
        bench.owner.put(bucket, "kept", b"older")
        upload_id = bench.owner.create_upload(bucket, "kept")
        etag = bench.owner.put_part(bucket, "kept", upload_id, 1, b"newer")
        answer = bench.owner.send("POST", bucket, "kept", {"uploadId": upload_id}, complete_document(etag), headers)
        expect(answer, 200)
        same(b"newer", bench.owner.get(bucket, "kept"), f"the object after {headers}")


def a_bucket_without_any_right_is_said_not_to_exist(bench):
    bucket = bench.bucket()
    for method, query in (("GET", {"uploads": ""}), ("GET", {})):
        expect(bench.guest.send(method, bucket, query=query), 404, "NoSuchBucket")


def a_key_that_may_only_write_can_abort_and_not_list(bench):
    bucket = bench.store.forbidden_bucket
    upload_id = bench.upload(bucket, "written")
    expect(bench.guest.send("GET", bucket, query={"uploads": ""}), 403, "AccessDenied")
    expect(bench.guest.send("GET", bucket, "written", {"uploadId": upload_id}), 403, "AccessDenied")
    expect(bench.guest.abort(bucket, "written", upload_id), 204)
    expect(bench.owner.abort(bucket, "written", upload_id), 404, "NoSuchUpload")


def a_rule_is_followed_once_a_day_and_nothing_is_cleaned_up_without_one(bench):
    """The server's daily pass comes at its first start of a day: it is started again two days later (a check of
    `lifecycle set` may have been there the next day)."""
    if not bench.store.can_turn_clock:
        raise Skip("libfaketime is not installed")
    whole, prefixed, unruled = (bench.bucket() for _ in range(3))
    _turn_clock(bench, -30)
    try:
        for bucket in (whole, prefixed, unruled):
            for key in ("old", "tmp/old"):
                bench.upload(bucket, key)
    finally:
        _turn_clock(bench, 0)
    for bucket in (whole, prefixed, unruled):
        bench.upload(bucket, "young")
    expect(put_lifecycle(bench.owner, whole, rule(WHOLE_BUCKET + abort_after(7))), 200)
    expect(put_lifecycle(bench.owner, prefixed, rule("<Filter><Prefix>tmp/</Prefix></Filter>" + abort_after(7))), 200)
    same(["old", "tmp/old", "young"], sorted(bench.page(whole).keys), "uploads on the day of the rule")
    bench.store.restart(days=2)
    bench.owner.turn_clock(2)
    try:
        until = time.monotonic() + PASS_SECONDS
        expected = [["young"], ["old", "young"], ["old", "tmp/old", "young"]]
        left = None
        # The pass comes to one bucket after the other.
        while left != expected and time.monotonic() < until:
            time.sleep(0.1)
            left = [sorted(bench.page(bucket).keys) for bucket in (whole, prefixed, unruled)]
    finally:
        _turn_clock(bench, 0)
    same(expected, left, "uploads two days later")


def _turn_clock(bench, days):
    bench.store.turn_clock(days)
    bench.owner.turn_clock(days)
