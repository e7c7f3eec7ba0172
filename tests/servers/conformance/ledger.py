"""What the suite itself has made on a server: the truth that all else is compared with."""

import dataclasses
import hashlib


@dataclasses.dataclass(frozen=True)
class Upload:
    """An unfinished upload: where it is, and what was sent to it."""

    bucket: str
    # The key as it was sent, and as the store lists it: most keys are the same in both.
    sent_key: str
    key: str
    upload_id: str
    parts: int
    bytes: int

    @property
    def name(self):
        return (self.bucket, self.key, self.upload_id)

    @property
    def footprint(self):
        return (self.parts, self.bytes)


class Ledger:
    """All uploads and finished objects; filled from several threads."""

    def __init__(self):
        self.uploads = []
        self._objects = {}

    def note_upload(self, upload):
        self.uploads.append(upload)

    def note_object(self, bucket, key, body):
        self._objects[bucket, key] = hashlib.sha256(body).hexdigest()

    def forget(self, names):
        """Drops uploads that were rightly swept."""
        gone = set(names)
        self.uploads = [upload for upload in self.uploads if upload.name not in gone]

    def footprints(self, buckets):
        """Returns (bucket, key, upload id) → (parts, bytes) for everything unfinished in these buckets."""
        return {upload.name: upload.footprint for upload in self.uploads if upload.bucket in buckets}

    def broken_objects(self, client_for):
        """Reads every finished object back; returns a line for each that is not what was stored."""
        broken = []
        for (bucket, key), digest in self._objects.items():
            answer = client_for(bucket).send("GET", bucket, key)
            if answer.status != 200:
                broken.append(f"{bucket}/{key!r}: {answer}")
            elif hashlib.sha256(answer.body).hexdigest() != digest:
                broken.append(f"{bucket}/{key!r}: {len(answer.body)} bytes that are not what was stored")
        return broken

    @property
    def object_count(self):
        return len(self._objects)
