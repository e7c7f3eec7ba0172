"""A sweep as other tools do it at their best: it looks just before each abort, and never after."""

import time
from concurrent.futures import ThreadPoolExecutor

from conformance.listing import list_parts, list_uploads

from .field import BUCKET

THREADS = 16


class Unguarded:
    """Sweeps every upload of the bucket with ListParts, HEAD, abort, and no look afterwards."""

    def __init__(self, client):
        self.client = client

    def sweep(self, clients):
        """Returns how long it took from the first abort on, and what came of the uploads."""
        uploads = list(list_uploads(self.client, BUCKET))
        began = time.monotonic()
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(lambda upload: self._sweep_one(upload, clients), uploads))
        counted = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
        return time.monotonic() - began, counted

    def _sweep_one(self, upload, clients):
        key, upload_id = upload["Key"], upload["UploadId"]
        try:
            list_parts(self.client, BUCKET, key, upload_id)
        except LookupError:
            return "already_gone"
        if self.client.send("HEAD", BUCKET, key).status != 404:
            return "kept"
        clients.announce(upload_id)
        answer = self.client.abort(BUCKET, key, upload_id)
        return {204: "aborted", 404: "already_gone"}.get(answer.status, "failed")
