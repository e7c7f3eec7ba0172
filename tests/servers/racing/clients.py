"""Clients that complete their uploads while these are swept."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

# As many at once as a sweep aborts, within what the interpreter can do.
THREADS = 24

# A client that is provoked completes this long after its abort was announced, at most: around the
# millisecond or two that the abort then needs to arrive.
PROVOKED_WITHIN_SECONDS = 0.004


class Clients:
    """Completes each upload once: half of them at any time of the sweep, half just when their abort leaves.

    The first half is what happens in life; the second makes a lost race likely. `seconds` is how
    long the sweep is expected to take. Use as a context manager: at its end no client is left.
    """

    def __init__(self, field, uploads, seconds, chance):
        self.field = field
        at_any_time, provoked = uploads[::2], uploads[1::2]
        self._delays = {raced.upload_id: chance.uniform(0, PROVOKED_WITHIN_SECONDS) for raced in provoked}
        self._provoked = {raced.upload_id: raced for raced in provoked}
        moments = sorted(chance.uniform(0, seconds) for _ in at_any_time)
        self._at_any_time = list(zip(moments, chance.sample(at_any_time, len(at_any_time)), strict=True))
        self._pool = ThreadPoolExecutor(THREADS)
        self._began = threading.Event()
        self._clock = threading.Thread(target=self._run_clock, daemon=True)
        self._over = threading.Event()

    def announce(self, upload_id):
        """An abort of this upload is about to be sent. The first one starts the clock of the others."""
        self._began.set()
        raced = self._provoked.pop(upload_id, None)
        if raced is not None:
            self._pool.submit(self._complete, raced, self._delays[upload_id])

    def _complete(self, raced, delay):
        time.sleep(delay)
        self.field.complete(raced)

    def _run_clock(self):
        self._began.wait()
        start = time.monotonic()
        for moment, raced in self._at_any_time:
            if self._over.wait(max(0.0, start + moment - time.monotonic())):
                return
            self._pool.submit(self.field.complete, raced)

    def __enter__(self):
        self._clock.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._began.set()
        self._clock.join()
        self._pool.shutdown()


def chance_from(seed):
    """Returns the source of all that is random in a race, so that one can be begun alike again."""
    return random.Random(seed)
