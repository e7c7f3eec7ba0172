"""Hot keys: others write and delete at the keys of leftovers, while these are swept.

None of it is the completion of an upload that is swept, so none of it is in danger: whatever was
acknowledged last must be there afterwards, and what was deleted last must not.
"""

import concurrent.futures
import dataclasses
import hashlib
import http.client
import time
from concurrent.futures import ThreadPoolExecutor

from conformance.client import Refused
from conformance.seed import THREADS, some_bytes

from .field import BUCKET, LAST_PART_BYTES, spares_in
from .guarded import SETTLE_SECONDS

# What the last write of a key is.
KINDS = ("put", "delete", "multipart")

# Writers begin around the abort of their upload, or around the look that comes after the settling
# time: where a program that repairs what it should not would write.
BEGIN_WITHIN_SECONDS = 0.02
MOST_WRITES = 8
# Between a write and the writer's own look at it, at most: as long as a repair takes.
PAUSE_SECONDS = 0.015

# Every second key has an object already, which is older than its upload.
EVERY_NTH_HAS_AN_OBJECT = 2
# Of the uploads that writers complete, these have the size and the part count of the leftover: nothing but
# the ETag tells them apart.
EVERY_NTH_LOOKS_ALIKE = 2


@dataclasses.dataclass
class Hot:
    """A key with a leftover, and what its one writer was answered last."""

    number: int
    key: str
    upload_id: str
    kind: str
    # The digest of what is there now; `None` if nothing is.
    digest: str | None = None
    # A request was not answered: either may hold, so nothing is said of this key.
    uncertain: bool = False
    writes: int = 0
    # What the writer itself saw vanish: nobody else writes here, so what it was told last is what must be there.
    lost: list = dataclasses.field(default_factory=list)


class HotField:
    """All hot keys, in one bucket."""

    def __init__(self, client):
        self.client = client
        self.raced = []

    def begin(self, count):
        """Makes that many more keys with an upload each that nobody will complete."""
        first = len(self.raced)
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            begun = list(pool.map(self._begin, range(first, first + count)))
        self.raced += begun
        return begun

    def _begin(self, number):
        hot = Hot(number, f"hot/{number:05}", "", KINDS[number % len(KINDS)])
        if number % EVERY_NTH_HAS_AN_OBJECT == 0:
            self._put(hot, some_bytes(f"before {hot.key}", 1_000 + number))
        hot.upload_id = self.client.create_upload(BUCKET, hot.key)
        self.client.put_part(BUCKET, hot.key, hot.upload_id, 1, some_bytes(hot.upload_id, LAST_PART_BYTES))
        return hot

    def write(self, hot, is_last):
        """Writes once at a key, and keeps what was acknowledged."""
        hot.writes += 1
        body = some_bytes(f"{hot.key} {hot.writes}", 2_000 + hot.number + hot.writes)
        try:
            if hot.kind == "multipart":
                self._complete_another(hot)
            elif hot.kind == "delete" and is_last:
                answer = self.client.send("DELETE", BUCKET, hot.key)
                if answer.status != 204:
                    raise Refused("delete", answer)
                hot.digest = None
            else:
                self._put(hot, body)
        except (Refused, OSError, http.client.HTTPException):
            hot.uncertain = True

    def _put(self, hot, body):
        self.client.put(BUCKET, hot.key, body)
        hot.digest = hashlib.sha256(body).hexdigest()

    def _complete_another(self, hot):
        """Stores an object by an upload of the writer's own."""
        size = LAST_PART_BYTES + (hot.writes if hot.number // len(KINDS) % EVERY_NTH_LOOKS_ALIKE else 0)
        body = some_bytes(f"{hot.key} {hot.writes} in parts", size)
        upload_id = self.client.create_upload(BUCKET, hot.key)
        etag = self.client.put_part(BUCKET, hot.key, upload_id, 1, body)
        self.client.complete(BUCKET, hot.key, upload_id, [etag])
        hot.digest = hashlib.sha256(body).hexdigest()

    def read_back(self, hot):
        """The writer looks at what it wrote a moment ago."""
        line = self._look(hot)
        if line:
            hot.lost.append(f"{line}, seen by its writer")

    def lost(self):
        """Reads every key back; a line for each that is not as its writer was told last, now or a moment after."""
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            lines = list(pool.map(self._look, self.raced))
        lines = [line or next(iter(hot.lost), None) for hot, line in zip(self.raced, lines, strict=True)]
        return [line for line in lines if line]

    def _look(self, hot):
        if hot.uncertain:
            return None
        try:
            answer = self.client.send("GET", BUCKET, hot.key)
        except (OSError, http.client.HTTPException) as cut:
            return f"{hot.key}, last {hot.kind}: {type(cut).__name__}"
        if hot.digest is None:
            return None if answer.status == 404 else f"{hot.key}: {answer}, although it was deleted"
        if answer.status != 200:
            return f"{hot.key}, last {hot.kind}: {answer}"
        if hashlib.sha256(answer.body).hexdigest() != hot.digest:
            return f"{hot.key}, last {hot.kind}: {len(answer.body)} bytes that are not what was written last"
        return None

    def spares(self):
        return spares_in(self.client)

    def told(self):
        """What the writers did, in words."""
        writes = {kind: sum(hot.writes for hot in self.raced if hot.kind == kind) for kind in KINDS}
        uncertain = sum(hot.uncertain for hot in self.raced)
        return f"{len(self.raced)} keys, writes of writers that end with {writes}, {uncertain} keys uncertain"


class Writers:
    """One writer for each key. Half of them begin when the abort of their leftover leaves, half when its key is
    looked at again. Use as a context manager: at its end no writer is left."""

    def __init__(self, field, begun, _seconds, chance):
        self.field = field
        self._chance = chance
        self._plans = {hot.upload_id: (hot, *self._plan(hot)) for hot in begun}
        self._pool = ThreadPoolExecutor(len(begun))

    def _plan(self, hot):
        later = SETTLE_SECONDS if hot.number // len(KINDS) % 4 >= 2 else 0.0
        pauses = [self._chance.uniform(0, PAUSE_SECONDS) for _ in range(self._chance.randint(1, MOST_WRITES))]
        return later + self._chance.uniform(0, BEGIN_WITHIN_SECONDS), pauses

    def announce(self, upload_id):
        """An abort of this upload is about to be sent."""
        plan = self._plans.pop(upload_id, None)
        if plan is not None:
            self._pool.submit(self._write, *plan)

    def _write(self, hot, delay, pauses):
        time.sleep(delay)
        for pause in pauses:
            self.field.write(hot, is_last=pause is pauses[-1])
            time.sleep(pause)
            self.field.read_back(hot)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._pool.shutdown()
