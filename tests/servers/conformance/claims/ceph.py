"""What `stores/ceph.toml` claims, asked of a running gateway."""

import datetime
import json
import re
import threading
import time

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

# A few dozen rounds have some of each kind: both answered with success, and either refused.
ROUNDS = 80


# On a machine that is busy few of them meet where it matters: then more are run.
RACES = 5

# The collector goes on for a moment after the command has ended.
COLLECTING_SECONDS = 3


def _raced(bench):
    """Races, saves every second object by a copy, collects the garbage, and returns each round with what became of it."""
    bucket = bench.bucket()
    rounds = races.race(bench, bucket, ROUNDS)
    copied = set()
    for number, one in enumerate(rounds):
        if one.was_stored and number % 2:
            for source, target in ((one.key, "spare"), ("spare", one.key)):
                headers = {"x-amz-copy-source": f"/{bucket}/{source}"}
                expect(bench.owner.send("PUT", bucket, target, headers=headers), 200)
            bench.owner.send("DELETE", bucket, "spare")
            copied.add(one.key)
    bench.store.collect_garbage()
    time.sleep(COLLECTING_SECONDS)
    return [(one, one.key in copied, races.is_whole(bench, bucket, one.key)) for one in rounds if one.was_stored]


def _races(bench):
    """What came of one race after another, each with those before it; the first is shared."""
    stored = []
    for number in range(RACES):
        stored += _raced(bench) if number else bench.once(_raced)
        yield stored


def a_race_destroys_the_object_unless_it_was_copied(bench):
    stored = bench.once(_raced)
    both = [(is_copied, is_whole) for one, is_copied, is_whole in stored if one.aborted.status == 204]
    left = [is_whole for is_copied, is_whole in both if not is_copied]
    assert left and not all(left), f"no abort that answered 204 destroyed its object: {both}"
    copies = [(one.key, is_whole) for one, is_copied, is_whole in stored if is_copied]
    assert copies and all(is_whole for _, is_whole in copies), f"a copy did not save the object: {copies}"
    assert any(is_copied for is_copied, _ in both), "no object was copied after its abort had answered 204"


def an_abort_that_was_answered_with_404_may_have_destroyed_the_object(bench):
    for stored in _races(bench):
        early = [
            is_whole
            for one, is_copied, is_whole in stored
            if one.aborted.status == 404 and one.overlapped and not is_copied
        ]
        if early and not all(early):
            return
    raise AssertionError(f"{len(early)} aborts were answered with 404 before the complete, and none destroyed its object")


def answers_carry_x_rgw_headers_or_a_request_id_of_its_own(bench):
    bucket = bench.bucket()
    headed = bench.owner.send("HEAD", bucket)
    assert any(name.lower().startswith("x-rgw-") for name in headed.headers), dict(headed.headers)
    listed = bench.owner.send("GET", bucket, query={"uploads": ""})
    request_id = listed.headers["x-amz-request-id"]
    assert re.fullmatch(r"tx[0-9a-f]{21}-[0-9a-f]{10}-[0-9a-f]+-default", request_id), request_id


def _uploads_are_in_the_order_of_their_entries(bench):
    bucket = bench.bucket()
    for key in ("a", "a b", "a!", "a-b", "k", "k.", "k..", "same", "same", "same"):
        bench.owner.create_upload(bucket, key)
    listed = bench.page(bucket).names
    same(sorted(listed, key=lambda name: f"{name[0]}.{name[1]}.meta".encode()), listed, "order")
    assert listed != sorted(listed), f"they are in the order of their keys: {listed}"


def _the_last_page_has_markers(bench):
    bucket = bench.bucket()
    upload_id = bench.owner.create_upload(bucket, "only")
    page = bench.page(bucket)
    assert not page.is_truncated
    same(("only", upload_id), (page.text_of("NextKeyMarker"), page.text_of("NextUploadIdMarker")), "markers")


def _a_delimiter_hides_uploads(bench):
    bucket = bench.bucket()
    for key in ("deep/a", "deep/b"):
        bench.owner.create_upload(bucket, key)
    page = bench.page(bucket, delimiter="/")
    assert not page.uploads and "CommonPrefixes" not in page.xml, page.xml


def order_markers_and_delimiter(bench):
    _uploads_are_in_the_order_of_their_entries(bench)
    _the_last_page_has_markers(bench)
    _a_delimiter_hides_uploads(bench)


def url_encoding_reaches_keys_and_no_markers(bench):
    bucket = bench.bucket()
    for key in ("a b+c", "d e"):
        bench.owner.create_upload(bucket, key)
    page = bench.page(bucket, encoding_type="url", max_uploads=1)
    same(["a%20b%2Bc"], page.keys, "keys")
    same("a b+c", page.text_of("NextKeyMarker"), "NextKeyMarker")


def an_abort_without_an_upload_id_deletes_the_object(bench):
    bucket = bench.bucket()
    bench.owner.put(bucket, "live", b"object")
    expect(bench.owner.abort(bucket, "live", ""), 204)
    expect(bench.owner.send("GET", bucket, "live"), 404, "NoSuchKey")


def parts_sent_during_an_abort_may_be_stored_and_not_listed(bench):
    bucket = bench.bucket()
    for number in range(60):
        key = f"leaked-{number}"
        upload_id = bench.owner.create_upload(bucket, key)
        sending = [
            threading.Thread(target=bench.owner.send, args=("PUT", bucket, key, {"uploadId": upload_id, "partNumber": str(part)}, b"x" * 65_536))
            for part in range(1, 5)
        ]
        for thread in sending:
            thread.start()
        time.sleep(0.0005 * (number % 12))
        bench.owner.abort(bucket, key, upload_id)
        for thread in sending:
            thread.join()
        expect(bench.parts(bucket, key, upload_id), 404)
    same([], bench.page(bucket).names, "uploads that are listed")
    checked = bench.store.admin("bucket", "check", f"--bucket={bucket}")
    left = re.findall(r"_multipart_leaked-\d+\.", checked)
    assert left, f"no part was left in 60 rounds: {checked[-500:]}"


def an_abort_of_an_unknown_or_completed_upload_is_404(bench):
    bucket = bench.bucket()
    gone = bench.completed(bucket, "done", b"object")
    for upload_id in (gone, "2~unknown"):
        expect(bench.owner.abort(bucket, "done", upload_id), 404, "NoSuchUpload")
    same(b"object", bench.owner.get(bucket, "done"), "the object")


def an_abort_takes_longer_than_in_proportion_to_its_parts(bench):
    bucket = bench.bucket()

    def seconds_for(parts):
        upload_id = bench.upload(bucket, "long", [1] * parts)
        began = time.monotonic()
        expect(bench.owner.abort(bucket, "long", upload_id), 204)
        return time.monotonic() - began

    few, many = seconds_for(200), seconds_for(2_000)
    assert many > 10 * few, f"{few:.3f} s for 200 parts, {many:.3f} s for 2,000"


def both_markers_are_needed(bench):
    bucket = bench.bucket()
    every = sorted((key, bench.owner.create_upload(bucket, key)) for key in ("a", "same", "same", "same", "z"))
    first = bench.page(bucket, max_uploads=2)
    marker = first.text_of("NextKeyMarker")
    same("same", marker, "the marker in the middle of a key")
    again = bench.page(bucket, key_marker=marker).names
    assert again[0][0] == "same" and first.names[-1] in again, f"a key-marker alone left out its key: {again}"
    paged = [name for page in bench.pages(bucket, max_uploads=2) for name in page.names]
    same(every, sorted(paged), "pages by both markers")


def a_prefix_also_finds_what_follows_the_key(bench):
    bucket = bench.bucket()
    for key in ("same", "samedi"):
        bench.owner.create_upload(bucket, key)
    same(["same"], bench.page(bucket, prefix="same.").keys, "uploads with the prefix `same.`")


def pages_are_short_and_none_is_asked_for_without_an_end(bench):
    """A page looks at a number of entries, and parts are entries, too."""
    bucket = bench.bucket()
    bench.uploads(bucket, [f"key-{number:03}" for number in range(700)], (1, 1))
    pages = bench.pages(bucket, max_uploads=700)
    same(700, sum(len(page.uploads) for page in pages), "uploads on all pages")
    assert pages[0].is_truncated, "the first page has them all"
    none = bench.page(bucket, max_uploads=0)
    assert none.is_truncated and not none.uploads and not none.text_of("NextKeyMarker"), none.xml


def owner_and_initiator_are_the_caller(bench):
    bucket = bench.bucket()
    bench.owner.create_upload(bucket, "of the owner")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam:::user/USER"]},
        "Action": ["s3:ListBucketMultipartUploads"],
        "Resource": [f"arn:aws:s3:::{bucket}"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with bench.store.limited(policy, bucket, bench.owner):
        for client, name in ((bench.owner, bench.store.owner.name), (bench.guest, bench.store.guest.name)):
            listed = bench.page(bucket, client).xml
            same([name, name], re.findall(r"<ID>([^<]*)</ID>", listed), f"people that {name} is shown")


def control_characters_come_as_references(bench):
    bucket = bench.bucket()
    bench.owner.create_upload(bucket, "ctl\x01x")
    xml = bench.page(bucket).xml
    assert "<Key>ctl&#x01;x</Key>" in xml, xml


def times_have_milliseconds_and_initiated_stays(bench):
    bucket = bench.bucket()
    upload_id = bench.owner.create_upload(bucket, "slow")

    def initiated():
        return re.search(r"<Initiated>([^<]*)", bench.page(bucket).xml).group(1)

    before = initiated()
    is_now(before, MILLISECONDS)
    time.sleep(0.05)
    bench.owner.put_part(bucket, "slow", upload_id, 1, b"late")
    same(before, initiated(), "Initiated after a part")


def parts_of_an_unknown_upload_are_no_such_key(bench):
    bucket = bench.bucket()
    gone = bench.completed(bucket, "done", b"object")
    for upload_id in (gone, "2~unknown"):
        expect(bench.parts(bucket, "done", upload_id), 404, "NoSuchKey")


def headers_that_guard_are_ignored(bench):
    bucket = bench.bucket()
    wrong = {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32"}
    answer = bench.owner.send("PUT", bucket, "summed", body=b"other bytes", headers=wrong)
    expect(answer, 200)
    assert "x-amz-checksum-crc32" not in answer.headers, dict(answer.headers)
    upload_id = bench.owner.create_upload(bucket, "summed")
    etag = bench.owner.put_part(bucket, "summed", upload_id, 1, b"newer bytes")
    headers = {"if-none-match": "*"}
    query = {"uploadId": upload_id}
    expect(bench.owner.send("POST", bucket, "summed", query, complete_document(etag), headers), 200)
    same(b"newer bytes", bench.owner.get(bucket, "summed"), "the object")
    upload_id = bench.upload(bucket, "guarded")
    headers = {"x-amz-if-match-initiated-time": "Thu, 01 Jan 2015 00:00:00 GMT"}
    expect(bench.owner.send("DELETE", bucket, "guarded", {"uploadId": upload_id}, headers=headers), 204)
    expect(bench.parts(bucket, "guarded", upload_id), 404)


def buckets_come_on_one_page_and_are_the_callers(bench):
    own = {bench.bucket() for _ in range(3)}
    answer = bench.owner.send("GET", query={"max-buckets": "1"})
    expect(answer, 200)
    listed = set(re.findall(r"<Name>([^<]*)</Name>", answer.body.decode()))
    assert own <= listed and b"ContinuationToken" not in answer.body, answer.body
    assert bench.store.guest_bucket not in listed, listed
    same([bench.store.guest_bucket], bench.guest.list_buckets(), "the guest's buckets")


def the_admin_api_lists_buckets_and_counts_uploads(bench):
    """In pages; the count is of uploads, whatever their parts."""
    bucket = bench.bucket()
    for key in ("a", "b"):
        bench.upload(bucket, key, (1, 1, 1))
    admin = bench.store.add_user("claims-admin", "--admin")
    bench.store.allow(admin, "buckets=read;metadata=read")
    client = bench.store.client(admin)
    names, marker = [], None
    for number in range(100):
        query = {"max-entries": "5", "format": "json"} | ({"marker": marker} if marker else {})
        answer = client.send("GET", "admin", "metadata/bucket", query=query)
        expect(answer, 200)
        page = json.loads(answer.body)
        names += page["keys"]
        marker = page.get("marker")
        # A text, not a boolean.
        if page["truncated"] == "false":
            break
    assert number > 0 and page["truncated"] == "false", f"{number} pages"
    assert {bucket, bench.store.guest_bucket} <= set(names), names
    query = {"bucket": bucket, "stats": "true", "format": "json"}
    answer = client.send("GET", "admin", "bucket", query=query)
    expect(answer, 200)
    stats = json.loads(answer.body)
    same(bench.store.owner.name, stats["owner"], "the owner")
    same(2, stats["usage"]["rgw.multimeta"]["num_objects"], "uploads in the index")


def a_bucket_of_another_tenant_is_named_with_it(bench):
    """Asked for by an administrator without a tenant, and by one of another."""
    alice = bench.store.client(bench.store.add_user("claims$alice"))
    alice.create_bucket("tenants-own")
    plain = bench.bucket()
    without = bench.store.add_user("claims-root", "--admin")
    within = bench.store.add_user("claims$root", "--admin")

    def status(user, name):
        return bench.store.client(user).send("GET", name, query={"uploads": ""}).status

    for user, name, expected in (
        (without, "claims:tenants-own", 200),
        (without, "tenants-own", 404),
        (within, "tenants-own", 200),
        (within, plain, 404),
        (within, f":{plain}", 200),
    ):
        same(expected, status(user, name), f"{user.name} asks for {name}")


def deleting_a_bucket_aborts_its_uploads(bench):
    bucket = bench.bucket()
    upload_id = bench.upload(bucket, "left", (1_000,))
    expect(bench.owner.send("DELETE", bucket), 204)
    bench.owner.create_bucket(bucket)
    same([], bench.page(bucket).names, "uploads in the bucket that was made again")
    expect(bench.parts(bucket, "left", upload_id), 404)


def only_a_rule_cleans_up(bench):
    """A "day" of two seconds passes for both buckets; one has a rule, set after its upload began."""
    ruled, other = bench.bucket(), bench.bucket()
    for bucket in (ruled, other):
        bench.upload(bucket, "left")
    expect(put_lifecycle(bench.owner, ruled, rule(WHOLE_BUCKET + abort_after(1))), 200)
    for _ in range(4):
        time.sleep(2)
        bench.store.admin("lc", "process", "--rgw-lc-debug-interval=2")
        if not bench.page(ruled).names:
            break
    same([], bench.page(ruled).keys, "uploads where there is a rule")
    same(["left"], bench.page(other).keys, "uploads where there is none")


def space_comes_back_two_hours_later(bench):
    bucket = bench.bucket()
    upload_id = bench.upload(bucket, "freed-later", (100_000,))
    expect(bench.owner.abort(bucket, "freed-later", upload_id), 204)

    def waiting():
        every = json.loads(bench.store.admin("gc", "list", "--include-all"))
        return [entry for entry in every if any("freed-later" in each["oid"] for each in entry["objs"])]

    ours = waiting()
    assert ours, "what was aborted is not among the garbage"
    # "2026-11-29 14:17:43.123456+0000", or with a T and a zone of digits.
    spelled = re.sub(r"\.\d+", "", ours[0]["time"]).replace(" ", "T")
    due = datetime.datetime.strptime(spelled, "%Y-%m-%dT%H:%M:%S%z" if re.search(r"[+-]\d{4}$|Z$", spelled) else "%Y-%m-%dT%H:%M:%S")
    due = due if due.tzinfo else due.astimezone()
    hours = (due - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 3_600
    assert 1.9 < hours < 2.1, f"due in {hours:.2f} hours: {ours[0]['time']}"
    bench.store.collect_garbage()
    until = time.monotonic() + COLLECTING_SECONDS
    while waiting() and time.monotonic() < until:
        time.sleep(0.2)
    assert not waiting(), "what was aborted is still there after garbage was collected"


def sizes_in_a_filter_are_dropped(bench):
    bucket = bench.bucket()
    sized = "<Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan></Filter>"
    expect(put_lifecycle(bench.owner, bucket, rule(sized + abort_after(7))), 200)
    (read,) = rules_read(bench.owner, bucket)
    assert "<Prefix></Prefix>" in read and "ObjectSize" not in read, read


def a_rule_with_tags_that_aborts_is_refused(bench):
    bucket = bench.bucket()
    tagged = "<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter>"
    expect(put_lifecycle(bench.owner, bucket, rule(tagged + abort_after(7))), 400, "InvalidRequest")


def a_bare_prefix_is_taken(bench):
    bucket = bench.bucket()
    expect(put_lifecycle(bench.owner, bucket, rule("<Prefix>tmp/</Prefix>" + abort_after(7))), 200)
    (read,) = rules_read(bench.owner, bucket)
    assert "<Prefix>tmp/</Prefix>" in read, read
