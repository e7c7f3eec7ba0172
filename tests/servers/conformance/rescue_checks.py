"""`partsweep rescue`: what was completed reads back byte for byte, and what another client does in between loses nothing.

The checks have a bucket of their own, after all that look at every bucket.
"""

import base64
import concurrent.futures
import hashlib
import random
import time
import zlib

from .documents import assert_exit

BUCKET = "rescue"
KEY = "päth/ with+all %41/x.bin"
# The least that S3, Ceph and MinIO take, twice, and a rest.
SIZES = (5 << 20, 5 << 20, 70_001)
# The uploads are fresh, so nothing may count on their age; then there are 10 s between the two looks.
ANY_AGE = ("--quiet-for", "0s", "--risk-live")
# Between them.
BETWEEN_LOOKS = 4


def _data(seed, sizes=SIZES):
    return [random.Random(f"{seed} {number}").randbytes(size) for number, size in enumerate(sizes)]


def _upload(client, key, parts):
    upload_id = client.create_upload(BUCKET, key)
    etags = [client.put_part(BUCKET, key, upload_id, number, part) for number, part in enumerate(parts, 1)]
    return upload_id, etags


def _rescue(trial, key, upload_id, *words):
    return trial.run("rescue", f"s3://{BUCKET}/{key}", "--upload-id", upload_id, "--yes", *ANY_AGE, *words)


def _has_no_object(client, key):
    answer = client.send("GET", BUCKET, key)
    assert answer.status == 404, f"{key}: {answer}"


def a_rescued_upload_reads_back_byte_for_byte(trial):
    client = trial.owner_client
    client.create_bucket(BUCKET)
    parts = _data("whole")
    file = trial.program.home / "rescued.bin"
    file.write_bytes(b"".join(parts))
    upload_id, _ = _upload(client, KEY, parts)
    run = _rescue(trial, KEY, upload_id, "--verify", str(file))
    assert_exit(run, 0)
    assert "verified by its size and ETag" in run.stdout, run
    found = client.get(BUCKET, KEY)
    assert hashlib.sha256(found).digest() == hashlib.sha256(file.read_bytes()).digest(), f"{len(found)} bytes differ"
    # It is gone, so there is nothing to be done twice.
    assert_exit(_rescue(trial, KEY, upload_id), 5)


def a_resumed_upload_reads_back_byte_for_byte(trial):
    client = trial.owner_client
    parts = _data("resumed", (5 << 20, 5 << 20, 5 << 20, 70_001))
    key, file = KEY + ".resumed", trial.program.home / "resumed.bin"
    file.write_bytes(b"".join(parts))
    upload_id = client.create_upload(BUCKET, key)
    for number in (1, 3):
        client.put_part(BUCKET, key, upload_id, number, parts[number - 1])
    other = trial.program.home / "another.bin"
    other.write_bytes(b"".join(parts[:2]) + b"x" * (5 << 20) + parts[3])
    run = _rescue(trial, key, upload_id, "--resume-from", str(other))
    assert_exit(run, 5)
    assert "the MD5 of the file differs in part 3" in run.stderr, run
    _has_no_object(client, key)
    run = _rescue(trial, key, upload_id, "--resume-from", str(file))
    assert_exit(run, 0)
    assert "2 parts (5.31 MB)" in run.stdout and "verified by its size and ETag" in run.stdout, run
    found = client.get(BUCKET, key)
    assert hashlib.sha256(found).digest() == hashlib.sha256(file.read_bytes()).digest(), f"{len(found)} bytes differ"


# Of so many zeros: in Python it would take seconds.
CRC64NVME = {5 << 20: "vqf3hRLTlJw=", 70_001: "5dqbiyE1HFw="}


def _checksum(name, body):
    value = {
        "CRC32": lambda: base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode(),
        "SHA256": lambda: base64.b64encode(hashlib.sha256(body).digest()).decode(),
        "CRC64NVME": lambda: CRC64NVME[len(body)],
    }[name]()
    return {f"x-amz-checksum-{name.lower()}": value}


def _begun_with(trial, name, missing):
    """Completes an upload that was begun with a checksum, or finishes it from a file; `missing` parts were never sent."""
    client = trial.owner_client
    parts = [bytes(size) for size in SIZES] if name == "CRC64NVME" else _data(name)
    key = f"checksums/{name}{'-unfinished' if missing else ''}"
    file = trial.program.home / key.replace("/", "-")
    file.write_bytes(b"".join(parts))
    upload_id = client.create_upload(BUCKET, key, {"x-amz-checksum-algorithm": name})
    for number, part in enumerate(parts, 1):
        if number not in missing:
            client.put_part(BUCKET, key, upload_id, number, part, _checksum(name, part))
    run = _rescue(trial, key, upload_id, "--resume-from" if missing else "--verify", str(file))
    # That of CRC64NVME is the whole object's, so nothing has to be known of the parts.
    if trial.store.hides_checksums and name != "CRC64NVME":
        assert_exit(run, 3)
        assert "the upload is still there" in run.stderr or "nothing was completed" in run.stderr, run
        _has_no_object(client, key)
        return
    assert_exit(run, 0)
    assert "verified by its size and ETag" in run.stdout, run
    found = client.get(BUCKET, key)
    assert found == file.read_bytes(), f"{key}: {len(found)} bytes differ"


def uploads_begun_with_a_checksum_are_rescued_and_resumed(trial):
    """As AWS's SDKs have begun them since January 2025; stores that know no checksums ignore the headers."""
    cases = [(name, missing) for name in ("CRC32", "SHA256", "CRC64NVME") for missing in ((), (2,))]
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        for done in [pool.submit(_begun_with, trial, *case) for case in cases]:
            done.result()


def what_stands_against_it_leaves_upload_and_object_as_they_are(trial):
    client = trial.owner_client
    parts = _data("refused")
    client.put(BUCKET, "there", b"someone's")
    upload_id, _ = _upload(client, "there", parts)
    run = _rescue(trial, "there", upload_id)
    assert_exit(run, 5)
    assert "is at the key" in run.stderr, run
    assert client.get(BUCKET, "there") == b"someone's"
    gap, _ = _upload(client, "gap", parts)
    client.put_part(BUCKET, "gap", gap, 5, b"the end")
    run = _rescue(trial, "gap", gap)
    assert_exit(run, 5)
    assert "1 part is missing below part 5: 4" in run.stderr, run
    run = trial.run("rescue", f"s3://{BUCKET}/gap", "--upload-id", gap, "--yes")
    assert "within the last 24 h" in run.stderr, run
    _has_no_object(client, "gap")
    file = trial.program.home / "other.bin"
    file.write_bytes(b"".join(parts[:2]) + b"x" * len(parts[2]))
    other, _ = _upload(client, "other", parts)
    run = _rescue(trial, "other", other, "--verify", str(file))
    assert_exit(run, 5)
    assert "differs in part 3" in run.stderr, run
    _has_no_object(client, "other")


def what_another_client_does_between_the_looks_is_not_undone(trial):
    client = trial.owner_client
    parts = _data("crossing")
    uploads = {key: _upload(client, key, parts) for key in ("completed", "aborted", "grown")}
    with concurrent.futures.ThreadPoolExecutor(len(uploads)) as pool:
        runs = {key: pool.submit(_rescue, trial, key, upload_id) for key, (upload_id, _) in uploads.items()}
        time.sleep(BETWEEN_LOOKS)
        upload_id, etags = uploads["completed"]
        client.complete(BUCKET, "completed", upload_id, etags)
        client.abort(BUCKET, "aborted", uploads["aborted"][0])
        client.put_part(BUCKET, "grown", uploads["grown"][0], 4, b"more")
        for run in runs.values():
            assert_exit(run.result(), 5)
            assert "nothing was changed" in run.result().stderr, run.result()
    assert client.get(BUCKET, "completed") == b"".join(parts)
    _has_no_object(client, "aborted")
    _has_no_object(client, "grown")


CHECKS = (
    a_rescued_upload_reads_back_byte_for_byte,
    a_resumed_upload_reads_back_byte_for_byte,
    uploads_begun_with_a_checksum_are_rescued_and_resumed,
    what_stands_against_it_leaves_upload_and_object_as_they_are,
    what_another_client_does_between_the_looks_is_not_undone,
)
