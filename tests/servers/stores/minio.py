"""MinIO: one node, one drive, and a restart in the middle."""

import contextlib
import json
import re

from . import cache
from .process import Daemon, answers, clean_environment, free_ports, wait_until
from .store import Store, User

PACKAGE = "github.com/minio/minio"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"


class Minio(Store):
    name = "minio"
    region = "us-east-1"
    takes_policies = True

    def install(self):
        cache.go_binary(PACKAGE, VERSION, "minio")

    def start(self):
        self.ports = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{self.ports[0]}"
        (self.home / "drive").mkdir()
        self._start_server()

    def restart(self):
        """Stops the server and starts it again on the same drive, at the same address."""
        self.stop()
        self._start_server()

    def make_shared_buckets(self, owner_client):
        """Makes both buckets, and gets the guest temporary keys with few rights.

        A user of its own would need MinIO's admin API, whose requests are encrypted in
        a way that Python's standard library cannot; AssumeRole with a policy needs
        nothing, and the program is tested with a session token on the way.
        """
        for bucket in (self.guest_bucket, self.forbidden_bucket):
            owner_client.create_bucket(bucket)
        own = [f"arn:aws:s3:::{self.guest_bucket}", f"arn:aws:s3:::{self.guest_bucket}/*"]
        rights = [
            {"Effect": "Allow", "Action": ["s3:*"], "Resource": own},
            {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": ["arn:aws:s3:::*"]},
        ]
        self.guest = self._temporary_user("guest", json.dumps({"Version": "2012-10-17", "Statement": rights}), owner_client)

    @contextlib.contextmanager
    def limited(self, policy, _bucket, owner_client):
        yield self._temporary_user("limited", policy, owner_client)

    @staticmethod
    def _temporary_user(name, policy, owner_client):
        """Returns temporary keys that have exactly the rights of this policy."""
        request = {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "DurationSeconds": "3600",
            "Policy": policy,
        }
        answer = owner_client.post_form(request, service="sts")

        def field(tag):
            return re.search(f"<{tag}>([^<]*)</{tag}>", answer.body.decode()).group(1)

        return User(name, field("AccessKeyId"), field("SecretAccessKey"), field("SessionToken"))

    def _start_server(self):
        port, console_port = self.ports
        argv = [cache.BIN / "minio", "--config-dir", self.home / "config", "server"]
        argv += ["--address", f"127.0.0.1:{port}", "--console-address", f"127.0.0.1:{console_port}"]
        environment = clean_environment(
            MINIO_ROOT_USER=self.owner.access_key,
            MINIO_ROOT_PASSWORD=self.owner.secret_key,
            # It would look for a newer release on the internet.
            MINIO_UPDATE="off",
            MINIO_BROWSER="off",
        )
        daemon = self.run(Daemon("minio", [*argv, self.home / "drive"], self.home / "minio.log", env=environment))
        # Not `live`, which is true while requests are still answered with 503 XMinioServerNotInitialized.
        wait_until(lambda: answers(port, "/minio/health/cluster"), [daemon], "minio")
