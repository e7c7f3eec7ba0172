"""One server under test: what the checks share."""

import functools

from . import listing, seed
from .claims.bench import Bench
from .documents import assert_same
from .expectations import BY_STORE
from .ledger import Ledger
from .program import Program

# With these every upload counts as old, which is what a sweep of fresh ones needs.
ANY_AGE = ("--older-than", "0s")

# Uploads begun on a clock that is turned, with fresh ones beside them.
AGED = "aged"
AGED_DAYS = 30


class Skip(Exception):
    """The machine lacks something that a check needs; the text says what."""


def only_where(applies):
    """Marks a check that has a meaning only on servers for which `applies(trial)` is true."""

    def mark(check):
        check.applies = applies
        return check

    return mark


class Trial:
    """A started server, the suite's ledger of it, and the program pointed at it."""

    def __init__(self, store, binary):
        self.store = store
        self.expectations = BY_STORE[store.name]
        self.ledger = Ledger()
        self.owner_client = store.client(store.owner)
        self.program = Program(binary, store)
        self.owner_seeder = self._seeder(self.owner_client)
        # Names of the uploads that were begun while the clock was turned back.
        self.aged_names = set()

    def seed(self):
        """Fills the server; afterwards the guest's keys are known on every store."""
        self.store.make_shared_buckets(self.owner_client)
        self.guest_client = self.store.client(self.store.guest)
        if self.store.can_turn_clock:
            self._seed_aged()
        self.owner_seeder.fill()
        guest_seeder = self._seeder(self.guest_client)
        for number in range(5):
            self.owner_seeder.upload(self.store.forbidden_bucket, f"secret/{number}", (number + 1,))
            guest_seeder.upload(self.store.guest_bucket, f"mine/{number}", (number + 1,) * number)
        self.owner_seeder.put_object(self.store.forbidden_bucket, "whole", 500)
        guest_seeder.put_object(self.store.guest_bucket, "whole", 500)

    @functools.cached_property
    def bench(self):
        """Where single claims about the server are tried, in buckets of their own."""
        return Bench(self.store)

    @functools.cached_property
    def whole_scan(self):
        """One scan of everything, before anything is swept: several checks read it."""
        return self.run("scan", "--format", "json", *ANY_AGE)

    @functools.cached_property
    def whole_inventory(self):
        """What the server itself shows of the owner's buckets before anything is swept."""
        return self.inventory(self.owner_buckets())

    def owner_buckets(self):
        """Returns the buckets that the owner's account lists."""
        buckets = [*seed.OWNER_BUCKETS, self.store.forbidden_bucket]
        if self.expectations.owner_sees_guest_bucket:
            buckets.append(self.store.guest_bucket)
        if self.aged_names:
            buckets.append(AGED)
        return buckets

    def client_for(self, bucket):
        """Returns a client that may read a bucket."""
        return self.guest_client if bucket == self.store.guest_bucket else self.owner_client

    def inventory(self, buckets):
        """Returns what the server itself shows in these buckets, by the suite's own requests."""
        found = {}
        for bucket in buckets:
            client = self.client_for(bucket)
            encoded = self.expectations.lists_url_encoded
            found |= listing.take_inventory(client, [bucket], encoded, self.true_keys())
        return found

    def assert_ledger_holds(self, buckets):
        """Raises unless the server holds exactly the unfinished uploads that the ledger has."""
        assert_same(self.ledger.footprints(buckets), self.inventory(buckets), "uploads on the server")

    def true_keys(self):
        """Returns upload id → the key as it was sent, for uploads that cannot be found by the listed one."""
        return {upload.upload_id: upload.sent_key for upload in self.ledger.uploads if self.is_mangled(upload)}

    def needs_clock(self):
        """Raises `Skip` if nothing could be seeded in the past."""
        if not self.aged_names:
            raise Skip("libfaketime is not installed")

    def is_mangled(self, upload):
        return upload.sent_key in self.expectations.mangled

    def mangled_names(self, buckets):
        return {upload.name for upload in self.ledger.uploads if upload.bucket in buckets and self.is_mangled(upload)}

    def expected_footprints(self, buckets):
        """Returns what the program must show: the ledger, with unknown sizes where no key leads to the upload."""
        mangled = self.mangled_names(buckets)
        footprints = self.ledger.footprints(buckets)
        return {name: (None, None) if name in mangled else what for name, what in footprints.items()}

    def expected_exit(self, buckets):
        """Returns 0, or 3 where something about these buckets cannot be known on this server."""
        uncertain = self.expectations.listing != "complete" or self.mangled_names(buckets)
        return 3 if uncertain else 0

    def run(self, *words, user=None):
        return self.program.run(user or self.store.owner, *words)

    def _seeder(self, client):
        return seed.Seeder(client, self.ledger, self.expectations)

    def _seed_aged(self):
        self.owner_client.create_bucket(AGED)
        self.store.turn_clock(-AGED_DAYS)
        self.owner_client.turn_clock(-AGED_DAYS)
        try:
            for number in range(12):
                upload = self.owner_seeder.upload(AGED, f"old/{number}", (50,) * (number % 3))
                self.aged_names.add(upload.name)
            resumed = self.owner_client.create_upload(AGED, "resumed")
        finally:
            self.store.turn_clock(0)
            self.owner_client.turn_clock(0)
        for number in range(8):
            self.owner_seeder.upload(AGED, f"fresh/{number}", (60,) * (number % 3))
        # Begun long ago, but it got a part today: that counts as fresh.
        self.owner_seeder.upload(AGED, "resumed", (80,), upload_id=resumed)
        # The same key, old and fresh.
        self.owner_seeder.upload(AGED, "old/1", (70,))
