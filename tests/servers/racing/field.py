"""The uploads that are raced for, and what their clients were answered."""

import concurrent.futures
import dataclasses
import hashlib
import http.client
import re
import urllib.parse

from conformance.client import Refused
from conformance.seed import SMALLEST_PART, THREADS, some_bytes

BUCKET = "raced"
# One part of an object is small; some objects have a part before it, which cannot be.
LAST_PART_BYTES = 64 * 1024
EVERY_NTH_HAS_TWO_PARTS = 20

SPARE_PREFIX = ".partsweep-spare-"


@dataclasses.dataclass
class Raced:
    """One upload. `stored` becomes true when its client is told that the object is stored."""

    key: str
    upload_id: str
    etags: list
    size: int
    digest: str
    stored: bool = False


class Field:
    """All uploads of a race, in one bucket."""

    def __init__(self, client):
        self.client = client
        self.raced = []

    def begin(self, count):
        """Begins that many more uploads, sends their parts, and returns them."""
        first = len(self.raced)
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            begun = list(pool.map(self._begin, range(first, first + count)))
        self.raced += begun
        return begun

    def _begin(self, number):
        key = f"race/{number:05}"
        upload_id = self.client.create_upload(BUCKET, key)
        bodies = [some_bytes(upload_id, LAST_PART_BYTES + number)]
        if number % EVERY_NTH_HAS_TWO_PARTS == 0:
            bodies.insert(0, some_bytes(f"first of {upload_id}", SMALLEST_PART))
        etags = [
            self.client.put_part(BUCKET, key, upload_id, part, body) for part, body in enumerate(bodies, 1)
        ]
        whole = b"".join(bodies)
        return Raced(key, upload_id, etags, len(whole), hashlib.sha256(whole).hexdigest())

    def complete(self, raced):
        """Completes an upload as its client would, whatever the answer."""
        try:
            self.client.complete(BUCKET, raced.key, raced.upload_id, raced.etags)
        except (Refused, OSError, http.client.HTTPException):
            return
        raced.stored = True

    def lost(self):
        """Reads every object back whose client was told that it is stored; a line for each that is not whole."""
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            return [line for line in pool.map(self._look, self.raced) if line]

    def _look(self, raced):
        if not raced.stored:
            return None
        try:
            answer = self.client.send("GET", BUCKET, raced.key)
        except (OSError, http.client.HTTPException) as cut:
            return f"{raced.key}: {type(cut).__name__}"
        if answer.status != 200:
            return f"{raced.key}: {answer}"
        if len(answer.body) != raced.size or hashlib.sha256(answer.body).hexdigest() != raced.digest:
            return f"{raced.key}: {len(answer.body)} bytes that are not what was stored"
        return None

    def spares(self):
        return spares_in(self.client)

    def told(self):
        """What the clients did, in words."""
        return f"{len(self.raced)} uploads, {sum(raced.stored for raced in self.raced)} stored"


def spares_in(client):
    """Returns the keys of spare copies that are there."""
    answer = client.send("GET", BUCKET, query={"prefix": SPARE_PREFIX, "encoding-type": "url"})
    if answer.status != 200:
        raise RuntimeError(f"could not list {BUCKET}: {answer}")
    return [urllib.parse.unquote(key) for key in re.findall(r"<Key>([^<]*)</Key>", answer.body.decode())]
