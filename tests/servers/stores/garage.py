"""Garage: one node, SQLite, and a clock that can be turned."""

import contextlib
import pathlib
import secrets
import subprocess
import time

from . import cache
from .process import HASTE_SECONDS, Daemon, accepts_connections, clean_environment, free_ports, wait_until
from .store import Store, User

VERSION = "2.5.0"
FEATURES = ("--no-default-features", "--features", "bundled-libs,sqlite")

# How long the server may go on by a clock that has been turned. Reading the file at
# every look at the clock (`FAKETIME_NO_CACHE`) makes each request half as slow again.
CLOCK_CACHE_SECONDS = 1

CONFIGURATION = """\
metadata_dir = "{home}/meta"
data_dir = "{home}/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "127.0.0.1:{rpc_port}"
rpc_public_addr = "127.0.0.1:{rpc_port}"
rpc_secret = "{rpc_secret}"

[s3_api]
s3_region = "garage"
api_bind_addr = "127.0.0.1:{port}"
root_domain = ".s3.garage.localhost"

[admin]
api_bind_addr = "127.0.0.1:{admin_port}"
"""


def find_libfaketime():
    """Returns the preload library that fakes the clock for a threaded program, or `None`."""
    return next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


def _turned_by(days):
    """Returns what libfaketime reads for a clock that is this many days ahead."""
    return f"{days:+d}d\n" if days else "+0\n"


class Garage(Store):
    name = "garage"
    region = "garage"
    has_clock = True
    takes_policies = True

    def __init__(self, keep=False):
        super().__init__(keep)
        # Garage takes no other form: "GK" with 24 hex digits, and 64 hex digits.
        self.owner = User("owner", "GK" + secrets.token_hex(12), secrets.token_hex(32))
        self.guest = User("guest", "GK" + secrets.token_hex(12), secrets.token_hex(32))
        self.clock = None

    def install(self):
        cache.cargo_binary("garage", VERSION, "garage", FEATURES)
        try:
            cache.debian_packages({"libfaketime": find_libfaketime() or "/nonexistent"})
        except cache.Unavailable as reason:
            cache.say(f"garage: old uploads are not tested: {reason}")

    def start(self):
        port, rpc_port, admin_port = free_ports(3)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.configuration = self.home / "garage.toml"
        self.configuration.write_text(
            CONFIGURATION.format(
                home=self.home, port=port, rpc_port=rpc_port, admin_port=admin_port, rpc_secret=secrets.token_hex(32)
            )
        )
        # It holds the cluster's secret, and Garage refuses a file that others can read.
        self.configuration.chmod(0o600)
        self.ports = (port, rpc_port)
        self._start_server(days=0)
        node = self._tool("node", "id", "-q").split("@")[0].strip()
        self._tool("layout", "assign", "-z", "dc1", "-c", "1G", node)
        self._tool("layout", "apply", "--version", "1")
        for user in (self.owner, self.guest):
            self._tool("key", "import", "--yes", "-n", user.name, user.access_key, user.secret_key)
        self._tool("key", "allow", "--create-bucket", self.owner.access_key)
        wait_until(lambda: accepts_connections(port), self.daemons, "garage's S3 side")

    def restart(self, days=0):
        """Stops the server and starts it again with its clock turned by this many days: its daily work is done at once."""
        self.stop()
        self._start_server(days)
        wait_until(lambda: accepts_connections(self.ports[0]), self.daemons, "garage's S3 side")

    def command(self, *words):
        """Runs one of Garage's own commands and returns what it printed."""
        return self._tool(*words)

    def make_shared_buckets(self, owner_client):
        """Makes both buckets; in the forbidden one the guest gets the right to write alone.

        A key without any right is told that the bucket does not exist (404); one that
        may only write is refused the list of uploads (403). By the server's own command,
        because a bucket made over S3 has its name for the key that made it alone.
        """
        for bucket in (self.guest_bucket, self.forbidden_bucket):
            self._tool("bucket", "create", bucket)
            self._tool("bucket", "allow", "--read", "--write", "--owner", bucket, "--key", self.owner.access_key)
        self._tool("bucket", "allow", "--read", "--write", self.guest_bucket, "--key", self.guest.access_key)
        self._tool("bucket", "allow", "--write", self.forbidden_bucket, "--key", self.guest.access_key)

    @property
    def can_turn_clock(self):
        return self.clock is not None

    def turn_clock(self, days):
        """Moves the server's clock by this many days from now (0 puts it right) and waits until it has noticed."""
        # In one step: the server may read the file at any moment.
        turned = self.clock.with_suffix(".new")
        turned.write_text(_turned_by(days))
        turned.rename(self.clock)
        time.sleep(2 * CLOCK_CACHE_SECONDS)

    def begin_long_ago(self, client, _bucket, begin):
        self._turn_both(client, -30)
        try:
            return begin()
        finally:
            self._turn_both(client, 0)

    @contextlib.contextmanager
    def rules_followed(self, client):
        self.restart(days=1)
        client.turn_clock(1)
        try:
            yield
        finally:
            self._turn_both(client, 0)

    def _turn_both(self, client, days):
        self.turn_clock(days)
        client.turn_clock(days)

    @contextlib.contextmanager
    def limited(self, policy, bucket, _owner_client):
        """The guest, given what the printed commands give."""
        rights = []
        # A bucket that was made over S3 has its name for the key that made it alone.
        listed = [line.split() for line in self._tool("bucket", "list").splitlines()]
        bucket_id = next(words[0] for words in listed if any(bucket in word for word in words))
        self._tool("bucket", "alias", bucket_id, bucket)
        for line in policy.splitlines():
            words = [self.guest.access_key if word == "KEY" else word for word in line.split()]
            assert words[:3] == ["garage", "bucket", "allow"], line
            self._tool(*words[1:])
            rights += [word for word in words if word in ("--read", "--write", "--owner")]
        try:
            yield self.guest
        finally:
            self._tool("bucket", "deny", *rights, bucket, "--key", self.guest.access_key)
            self._tool("bucket", "unalias", bucket)

    def _start_server(self, days):
        argv = [cache.BIN / "garage", "-c", self.configuration, "server"]
        log = self.home / "garage.log"
        # Asked to end, it waits ten seconds for connections that clients keep open.
        self.run(Daemon("garage", argv, log, env=self._environment(days), patience_seconds=HASTE_SECONDS))
        wait_until(lambda: accepts_connections(self.ports[1]), self.daemons, "garage")

    def _environment(self, days):
        """Returns the server's environment, with a clock that follows a file where that is possible."""
        library = find_libfaketime()
        if library is None:
            return clean_environment()
        self.clock = self.home / "clock"
        self.clock.write_text(_turned_by(days))
        return clean_environment(
            LD_PRELOAD=str(library),
            FAKETIME_TIMESTAMP_FILE=str(self.clock),
            FAKETIME_CACHE_DURATION=str(CLOCK_CACHE_SECONDS),
            # Time-outs inside the server must go on as ever.
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )

    def _tool(self, *words):
        """Runs one of Garage's own commands and returns what it printed."""
        done = subprocess.run(
            [cache.BIN / "garage", "-c", self.configuration, *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=clean_environment(),
            timeout=60,
        )
        if done.returncode != 0:
            raise RuntimeError(f"garage {' '.join(words[:2])} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.decode()
