"""Many pages in one bucket: listed side by side where the order is known, and nothing is lost.

Last of all, so that no other check has these buckets to list.
"""

import concurrent.futures
import hashlib
import json

from . import listing
from .documents import assert_exit, assert_same
from .seed import THREADS
from .trial import only_where

DATES = "many-dates"
UNICODE = "many-unicode"


def _date_tree():
    for number in range(4_600):
        day = f"{2022 + number % 4}/{1 + number // 4 % 12:02}/{1 + number // 48 % 28:02}"
        yield f"logs/{day}/{_digest(number)[:8]}.gz"
    # Names that differ from their neighbours by what Ceph sorts before and after the `.` behind a key.
    for number in range(80):
        for end in ("", " b", "!", "-b", ".", "..", "/b", "0"):
            yield f"logs/2023/{number:02}{end}"


def _unicode():
    blocks = ((0x61, 26), (0x430, 32), (0x4E00, 20_000), (0xAC00, 11_000), (0xD7A4, 40), (0xE000, 40), (0x1F300, 500))
    for number in range(4_600):
        digest = _digest(number)
        picked = [int(digest[at : at + 6], 16) for at in range(0, 36, 6)]
        characters = [(*blocks[each % 7], each // 7) for each in picked]
        key = "".join(chr(first + each % count) for first, count, each in characters)
        for _ in range(6 if number % 500 == 0 else 1):
            yield key
    # Pages of one key.
    for _ in range(1_300):
        yield "뫼 と 🗑"


def _digest(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def _assert_listed_whole(trial, bucket, keys):
    client = trial.owner_client
    client.create_bucket(bucket)
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        ids = list(pool.map(lambda key: client.create_upload(bucket, key), keys))
    encoded = trial.expectations.lists_url_encoded
    serial = {(bucket, upload["Key"], upload["UploadId"]) for upload in listing.list_uploads(client, bucket, encoded)}
    assert {upload_id for _, _, upload_id in serial} == set(ids), f"the server lists {len(serial)} of {len(ids)}"
    for concurrency in ("1", "64"):
        words = ("scan", "--format", "ndjson", "--no-size", "--concurrency", concurrency, f"s3://{bucket}")
        run = trial.run(*words)
        assert_exit(run, trial.expected_exit([bucket]))
        lines = (json.loads(line) for line in run.stdout.split("\n") if line)
        found = [(line["bucket"], line["key"], line["upload_id"]) for line in lines if line["type"] == "upload"]
        assert len(found) == len(set(found)), f"{len(found) - len(set(found))} uploads are there twice"
        assert_same(dict.fromkeys(serial), dict.fromkeys(found), f"uploads, {concurrency} at once")


# Where one bucket is listed side by side, and that was seen to work.
side_by_side = only_where(lambda trial: trial.store.name in ("ceph", "garage"))


@side_by_side
def a_tree_of_dates_is_listed_whole(trial):
    _assert_listed_whole(trial, DATES, list(_date_tree()))


@side_by_side
def keys_of_all_scripts_and_one_of_many_uploads_are_listed_whole(trial):
    _assert_listed_whole(trial, UNICODE, list(_unicode()))


CHECKS = (
    a_tree_of_dates_is_listed_whole,
    keys_of_all_scripts_and_one_of_many_uploads_are_listed_whole,
)
