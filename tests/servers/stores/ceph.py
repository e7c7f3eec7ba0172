"""Ceph's RADOS Gateway: one monitor, one OSD in memory, one gateway; no manager, no systemd."""

import contextlib
import json
import secrets
import shlex
import subprocess
import time
import uuid

from . import cache
from .process import Daemon, accepts_connections, clean_environment, free_ports, wait_until
from .store import Store, User

PACKAGES = {
    "ceph-mon": "/usr/bin/ceph-mon",
    "ceph-osd": "/usr/bin/ceph-osd",
    "radosgw": "/usr/bin/radosgw",
    "ceph-common": "/usr/bin/ceph",
}

# `public addr` stays under [osd]: under [global] the monitor would bind its default ports as well.
# Without the three `mode = crc` the gateway hangs while authentication is off.
# The gateway makes its pools one by one, and each waits for the monitor's next proposal: 12 s to start
# with the usual interval of 1 s, 6 s with this one.
# By default the monitor ends where less than 5 % of a disk is free, be that 14 GB.
# Without `tcp_nodelay=1` each answer on a kept connection stalls for 44 ms.
CONFIGURATION = """\
[global]
fsid = {fsid}
mon initial members = a
mon host = [v2:127.0.0.1:{mon_port}]
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
ms bind msgr1 = false
keyring = {home}/keyring
run dir = {home}
admin socket =
log file = {home}/$name.log
crash dir = {home}
mon cluster log file = {home}/cluster.log
mon data = {home}/mon
# The data are a few megabytes; it need not refuse to start on a disk that is 95 % full.
mon data avail crit = 1
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail crit = 0
osd data = {home}/osd
osd objectstore = memstore
memstore device bytes = 8589934592
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
paxos propose interval = 0.05

[osd]
public addr = 127.0.0.1
cluster addr = 127.0.0.1

[client]
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw dns name = {host}
rgw data = {home}
"""


# What stands for a day where rules are followed at once: longer than a command takes on a busy machine.
DAY_SECONDS = 8


class Ceph(Store):
    name = "ceph"
    region = "us-east-1"
    has_garbage_collection = True
    takes_policies = True
    has_tenants = True

    def __init__(self, keep=False, host="localhost"):
        """`host` is the name that requests may carry beside IP addresses: another is taken for a bucket."""
        super().__init__(keep)
        self.host = host

    def install(self):
        cache.debian_packages(PACKAGES)

    def start(self):
        mon_port, port = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.configuration = self.home / "ceph.conf"
        fsid = str(uuid.uuid4())
        settings = {"fsid": fsid, "home": self.home, "mon_port": mon_port, "port": port, "host": self.host}
        self.configuration.write_text(CONFIGURATION.format(**settings))
        (self.home / "keyring").touch()
        for part in ("mon", "osd"):
            (self.home / part).mkdir()
        self._start_monitor(fsid, mon_port)
        self._start_osd()
        self._daemon("radosgw", "-f", "--name", "client.admin")
        for user in (self.owner, self.guest):
            self._create_user(user)
        wait_until(lambda: accepts_connections(port), self.daemons, "the gateway")

    def make_shared_buckets(self, owner_client):
        """Makes each bucket as its owner: a user here has no rights in another's buckets."""
        owner_client.create_bucket(self.forbidden_bucket)
        self.client(self.guest).create_bucket(self.guest_bucket)

    @contextlib.contextmanager
    def limited(self, policy, bucket, owner_client):
        """The guest, with this policy on a bucket of the owner."""
        body = policy.replace("user/USER", f"user/{self.guest.name}").encode()
        answer = owner_client.send("PUT", bucket, query={"policy": ""}, body=body)
        if answer.status not in (200, 204):
            raise RuntimeError(f"put policy: {answer}")
        yield self.guest

    def begin_long_ago(self, _client, _bucket, begin):
        """Waits for a day of a few seconds."""
        upload_id = begin()
        time.sleep(DAY_SECONDS)
        return upload_id

    @contextlib.contextmanager
    def rules_followed(self, _client):
        self.admin("lc", "process", f"--rgw-lc-debug-interval={DAY_SECONDS}")
        yield

    def collect_garbage(self):
        """Frees at once what was deleted, as the gateway itself would do only two hours later."""
        self._tool("radosgw-admin", "gc", "process", "--include-all")

    def admin(self, *words):
        """Runs `radosgw-admin` and returns what it printed."""
        return self._tool("radosgw-admin", *words)

    def add_user(self, name, *options):
        """Creates a user with a new key; `tenant$name` is one of a tenant."""
        user = User(name, "AK" + secrets.token_hex(9).upper(), secrets.token_hex(20))
        tenant, _, uid = name.rpartition("$")
        self._create_user(User(uid, user.access_key, user.secret_key), *(("--tenant", tenant) if tenant else ()), *options)
        return user

    def allow(self, user, capabilities):
        self._tool("radosgw-admin", "caps", "add", "--uid", user.name, "--caps", capabilities)

    def modify(self, user, *options):
        self._tool("radosgw-admin", "user", "modify", "--uid", user.name, *options)

    def lose_an_upload(self, bucket, key):
        """Takes one upload out of the index's entries and not out of its sum, as damage to a shard does."""
        pool = ("-p", "default.rgw.buckets.index")
        marker = json.loads(self._tool("radosgw-admin", "bucket", "stats", f"--bucket={bucket}"))["marker"]
        for shard in self._tool("rados", *pool, "ls").split():
            if not shard.startswith(f".dir.{marker}"):
                continue
            for entry in self._tool("rados", *pool, "listomapkeys", shard).splitlines():
                if entry.startswith(f"_multipart_{key}.") and entry.endswith(".meta"):
                    self._tool("rados", *pool, "rmomapkey", shard, entry)
                    return
        raise RuntimeError(f"no entry of {key} in {bucket}")

    def repair_index(self, command):
        """Runs the command that partsweep told."""
        program, *words = shlex.split(command)
        assert program == "radosgw-admin", command
        self._tool(program, *words)

    def _start_monitor(self, fsid, port):
        monmap = self.home / "monmap"
        address = f"[v2:127.0.0.1:{port}]"
        self._tool("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", address, monmap)
        self._tool("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        monitor = self._daemon("ceph-mon", "-f", "-i", "a")
        wait_until(lambda: accepts_connections(port), [monitor], "the monitor")

    def _start_osd(self):
        osd_id = str(uuid.uuid4())
        number = self._tool("ceph", "osd", "new", osd_id).strip()
        self._tool("ceph-osd", "--mkfs", "-i", number, "--osd-uuid", osd_id)
        self._daemon("ceph-osd", "-f", "-i", number)

    def _create_user(self, user, *options):
        self._tool(
            *("radosgw-admin", "user", "create", "--uid", user.name, "--display-name", user.name),
            *("--access-key", user.access_key, "--secret-key", user.secret_key),
            *options,
        )

    def _daemon(self, program, *words):
        argv = [program, "--conf", self.configuration, *words]
        return self.run(Daemon(program, argv, self.home / f"{program}.out"))

    def _tool(self, program, *words):
        """Runs one of Ceph's tools to its end and returns what it printed."""
        argv = [program, "--conf", self.configuration, *words]
        done = subprocess.run(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=clean_environment(),
            timeout=120,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} {words[0]} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.decode()
