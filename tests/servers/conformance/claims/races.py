"""An abort beside a complete of the same upload, a few dozen times."""

import dataclasses
import random
import threading
import time

from ..client import Answer
from .bench import complete_document

# Enough for a few parts of a second of the server's work, and quick to send.
BODY = b"whole" * 4_000


@dataclasses.dataclass(frozen=True)
class Round:
    """One upload that was completed and aborted at about the same time."""

    key: str
    completed: Answer
    aborted: Answer
    # Whether the abort was sent before the complete had answered.
    overlapped: bool

    @property
    def was_stored(self):
        return self.completed.status == 200 and b"<Error" not in self.completed.body


def race(bench, bucket, rounds, spread=1.5):
    """Races `rounds` uploads and returns each [`Round`]. The abort comes at any time of `spread` times what a complete takes."""
    usual = max(_one(bench, bucket, "warm-up", None)[1], 0.002)
    chance = random.Random(20261129)
    return [_one(bench, bucket, f"raced-{number}", chance.uniform(0, spread * usual))[0] for number in range(rounds)]


def _one(bench, bucket, key, delay):
    """Returns the round and how many seconds the complete took; without a delay nothing is aborted."""
    upload_id = bench.owner.create_upload(bucket, key)
    etag = bench.owner.put_part(bucket, key, upload_id, 1, BODY)
    began = threading.Barrier(2)
    answers = {}

    def complete():
        began.wait()
        sent = time.monotonic()
        answers["completed"] = bench.owner.send("POST", bucket, key, {"uploadId": upload_id}, complete_document(etag))
        answers["until"] = time.monotonic()
        answers["took"] = answers["until"] - sent

    completing = threading.Thread(target=complete)
    completing.start()
    began.wait()
    aborted, sent = Answer(0, {}, b""), None
    if delay is not None:
        time.sleep(delay)
        sent = time.monotonic()
        aborted = bench.owner.abort(bucket, key, upload_id)
    completing.join()
    overlapped = sent is not None and sent < answers["until"]
    return Round(key, answers["completed"], aborted, overlapped), answers["took"]


def is_whole(bench, bucket, key):
    """Tells whether the object of a round can be read and is what was uploaded."""
    answer = bench.owner.send("GET", bucket, key)
    return answer.status == 200 and answer.body == BODY
