"""What every server has in common: two users, a home directory, and processes to stop."""

import abc
import dataclasses
import pathlib
import secrets
import shutil
import tempfile

from conformance.client import Client


@dataclasses.dataclass(frozen=True)
class User:
    """A name with a key pair. The token is there only where the server hands out temporary keys."""

    name: str
    access_key: str
    secret_key: str = dataclasses.field(repr=False)
    session_token: str | None = dataclasses.field(default=None, repr=False)


class Store(abc.ABC):
    """A server on 127.0.0.1 that is started for one run and leaves nothing behind.

    `owner` may do everything. `guest` may do everything in `guest_bucket`, and may
    not list or read uploads in `forbidden_bucket`. Use as a context manager.
    """

    name: str
    region: str

    # Whether uploads can be begun in the past: `turn_clock(days)`, where `can_turn_clock` is true.
    has_clock = False
    can_turn_clock = False
    # Whether what was deleted can be made to vanish at once: `collect_garbage()`.
    has_garbage_collection = False

    # Whether a key can be given exactly what `doctor --policy` prints: `limited(policy, bucket, owner_client)`, a
    # context manager that returns such a user.
    takes_policies = False

    # Whether there are users of tenants, and an API that lists the buckets of all: `add_user(name, *options)`,
    # `allow(user, capabilities)`, `lose_an_upload(bucket, key)` and `repair_index(command)`.
    has_tenants = False

    # A store that keeps rules which abort uploads follows them on demand: `begin_long_ago(client, bucket, begin)` calls
    # `begin`, which returns an upload id, so that the upload is older than a rule of a day allows, and in
    # `rules_followed(client)`, a context manager, the store has begun to follow its rules.

    guest_bucket = "guest-own"
    forbidden_bucket = "forbidden"

    # It wants the checksums of parts again when an upload is completed, and doesn't list them.
    hides_checksums = False

    def __init__(self, keep=False):
        self.keep = keep
        self.endpoint = None
        self.daemons = []
        # Not under the cache: a server that runs as `nobody` must be able to enter it.
        self.home = pathlib.Path(tempfile.mkdtemp(prefix=f"partsweep-{self.name}-"))
        self.owner = User("owner", "AKOWNER" + secrets.token_hex(6).upper(), secrets.token_hex(20))
        self.guest = User("guest", "AKGUEST" + secrets.token_hex(6).upper(), secrets.token_hex(20))

    @abc.abstractmethod
    def install(self):
        """Puts in place what is missing; raises `cache.Unavailable` where that cannot be."""

    @abc.abstractmethod
    def start(self):
        """Starts the server and returns when `endpoint` answers."""

    @abc.abstractmethod
    def make_shared_buckets(self, owner_client):
        """Makes `guest_bucket` and `forbidden_bucket`, and gives both users their rights."""

    def client(self, user):
        """Returns a raw client for this server."""
        return Client(self.endpoint, self.region, user)

    def run(self, daemon):
        self.daemons.append(daemon)
        return daemon

    def stop(self):
        """Stops what was started, last first. The first failure is raised after all were tried."""
        failures = []
        while self.daemons:
            try:
                self.daemons.pop().stop()
            except RuntimeError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            self.discard()

    def discard(self):
        """Removes the home directory, unless it is to be kept."""
        if not self.keep:
            shutil.rmtree(self.home, ignore_errors=True)
