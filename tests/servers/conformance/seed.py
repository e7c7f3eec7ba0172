"""Fills a server with unfinished uploads and, beside them, finished objects."""

import concurrent.futures
import functools
import hashlib
import time

from .client import Refused
from .keys import ODD_KEYS
from .ledger import Upload

# Enough to keep a server on two cores busy; more only queues.
THREADS = 8

HOME = "home.movies"
PAGES = "pages"
LARGE = "large"
ODD = "odd"
QUIET = "only-objects"
OWNER_BUCKETS = (HOME, PAGES, LARGE, ODD, QUIET)

# One page of ListParts has 1,000.
LARGE_PARTS = 1_050
# The highest number that a part can have. The last of many has it, so that it is on a later page.
LAST_PART = 10_000

# The smallest part that may be followed by another when an upload is completed.
SMALLEST_PART = 5 * 1024 * 1024


def some_bytes(name, size):
    """Returns `size` bytes that no other name has."""
    block = hashlib.sha256(name.encode()).digest()
    return (block * (size // len(block) + 1))[:size]


class Seeder:
    """Makes uploads and objects, and writes each into the ledger once the server has taken it."""

    def __init__(self, client, ledger, expectations):
        self.client = client
        self.ledger = ledger
        self.expectations = expectations

    def upload(self, bucket, key, sizes, upload_id=None, last_number=None):
        """Begins an upload and sends parts 1 to N of these sizes; returns what the ledger holds of it.

        With an id, the upload has been begun before; with a last number, that is the last part's.
        """
        upload_id = upload_id or self.client.create_upload(bucket, key)
        if key in self.expectations.partless:
            sizes = ()
        numbers = list(range(1, len(sizes) + 1))
        if last_number:
            numbers[-1] = last_number
        for number, size in zip(numbers, sizes, strict=True):
            self.client.put_part(bucket, key, upload_id, number, some_bytes(upload_id, size))
        listed = self.expectations.mangled.get(key) or self.expectations.renamed.get(key, key)
        upload = Upload(bucket, key, listed, upload_id, len(sizes), sum(sizes))
        self.ledger.note_upload(upload)
        return upload

    def put_object(self, bucket, key, size):
        body = some_bytes(f"{bucket}/{key}", size)
        self.client.put(bucket, key, body)
        self.ledger.note_object(bucket, key, body)

    def complete_object(self, bucket, key, sizes):
        """Stores an object as a multipart upload that is completed."""
        bodies = [some_bytes(f"{bucket}/{key}/{number}", size) for number, size in enumerate(sizes)]
        upload_id = self.client.create_upload(bucket, key)
        etags = [self.client.put_part(bucket, key, upload_id, number, body) for number, body in enumerate(bodies, 1)]
        self.client.complete(bucket, key, upload_id, etags)
        self.ledger.note_object(bucket, key, b"".join(bodies))

    def fill(self):
        """Fills the owner's buckets."""
        for bucket in OWNER_BUCKETS:
            self.client.create_bucket(bucket)
        self._side_by_side(self._objects())
        # HTTP dates have whole seconds. An upload begun in the second in which an object at its key
        # was finished may be that object, and is rightly kept: these here are to be swept.
        time.sleep(1.1)
        self._side_by_side(self._uploads())

    def _objects(self):
        for number in range(30):
            yield self.put_object, HOME, f"film-{number}.mp4", 100 + number
            yield self.put_object, QUIET, f"note-{number}", number
        for number in range(10):
            yield self.complete_object, HOME, f"joined-{number}", (2_000 + number,)
        yield self.complete_object, HOME, "two-parts", (SMALLEST_PART, 11)
        yield self.complete_object, QUIET, "two-parts", (SMALLEST_PART, 12)
        for key in ("with space", "a+b", "100%", "ünïcødé/日本語", "&<>\"'"):
            yield self.put_object, ODD, key, 77

    def _uploads(self):
        for number in range(240):
            yield self.upload, HOME, f"raw/{number:03}.mkv", (1_000 + number,) * (number % 4)
        for number in range(8):
            for again in range(5):
                yield self.upload, HOME, f"tried-again-{number}", (10 * again + 1,) * again
        # An upload under the key of a finished object, which is of another size and number of parts.
        for number in range(10):
            yield self.upload, HOME, f"film-{number}.mp4", (3,)
            yield self.upload, HOME, f"joined-{number}", (5, 6)
        yield self.upload, HOME, "two-parts", (8,)
        for number in range(self.expectations.many_uploads):
            # Some with parts: they make Ceph's pages short.
            yield self.upload, PAGES, f"p{number % 37}/{number}", (number % 9 + 1,) if number % 3 == 0 else ()
        sizes = tuple(1 + number % 7 for number in range(LARGE_PARTS))
        yield functools.partial(self.upload, last_number=LAST_PART), LARGE, "many parts", sizes
        yield self.upload, LARGE, "beside it", (4,)
        for key in ODD_KEYS:
            if key not in self.expectations.refused:
                yield self.upload, ODD, key, (21, 22)

    @staticmethod
    def _side_by_side(calls):
        pool = concurrent.futures.ThreadPoolExecutor(THREADS)
        try:
            running = [pool.submit(*call) for call in calls]
            for call in concurrent.futures.as_completed(running):
                call.result()
        finally:
            # After a failure or Ctrl-C: what is under way ends, nothing more begins.
            pool.shutdown(cancel_futures=True)


def is_refused(client, bucket, key):
    """Tells whether the server refuses to begin an upload under this key; ends the upload if it does not."""
    try:
        upload_id = client.create_upload(bucket, key)
    except Refused as refused:
        if not 400 <= refused.answer.status < 500:
            raise
        return True
    client.abort(bucket, key, upload_id)
    return False
