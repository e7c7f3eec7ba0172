"""Reads a journal of partsweep while it is written."""

import json
import threading

# Far below the time that an abort takes.
LOOK_EVERY_SECONDS = 0.0005


class Watch:
    """Tells `announce` of each upload whose abort is written down. Use as a context manager."""

    def __init__(self, path, announce):
        self.path = path
        self.announce = announce
        self.first_abort = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def _follow(self):
        while not self.path.exists():
            if self._over.wait(LOOK_EVERY_SECONDS):
                return
        with open(self.path, "rb") as journal:
            rest = b""
            while not self._over.wait(LOOK_EVERY_SECONDS):
                *lines, rest = (rest + journal.read()).split(b"\n")
                for line in lines:
                    self._read(line)

    def _read(self, line):
        entry = json.loads(line)
        if entry.get("type") == "before" and entry.get("act") == "abort":
            self.first_abort.set()
            self.announce(entry["upload_id"])

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
