"""The simulated store as a process of its own: `crates/partsweep-sim/examples/serve.rs`."""

import dataclasses
import http.client
import json
import pathlib
import statistics
import subprocess
import tempfile
import time


@dataclasses.dataclass(frozen=True)
class Contents:
    """Buckets that are all alike."""

    buckets: int
    # In each bucket.
    uploads: int
    # Of each upload.
    parts: int
    shape: str = "date"

    @property
    def total(self):
        return self.buckets * self.uploads


@dataclasses.dataclass(frozen=True)
class Filled:
    """What the store says it was filled with."""

    uploads: int
    bytes: int


class Sim:
    """A running store; use as a context manager."""

    def __init__(self, binary, *, habits="aws", log=0):
        self._argv = [str(binary), "--attached", "--habits", habits, "--log", str(log)]
        self.environment = {}

    def __enter__(self):
        self._process = subprocess.Popen(
            self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, process_group=0
        )
        for _ in range(4):
            name, _, value = self._process.stdout.readline().removeprefix("export ").strip().partition("=")
            self.environment[name] = value
        if "AWS_REGION" not in self.environment:
            raise RuntimeError("the simulated store did not start")
        return self

    def __exit__(self, *_):
        # Its commands are over, and it ends.
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def endpoint(self):
        return self.environment["AWS_ENDPOINT_URL_S3"]

    @property
    def port(self):
        return int(self.endpoint.rpartition(":")[2])

    def ask(self, command):
        self._process.stdin.write(command + "\n")
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"the simulated store refused `{command}`: {answer['error']}")
        return answer

    def fill(self, contents):
        """Replaces all that it has, and counts from zero."""
        filled = self.ask(f"fill {contents.buckets} {contents.uploads} {contents.parts} {contents.shape}")
        self.reset()
        return Filled(**filled)

    def latency(self, milliseconds):
        self.ask(f"latency {milliseconds}ms")

    def limit(self, per_second):
        """Answers 503 SlowDown to what exceeds so many requests within any second; 0 lifts it."""
        self.ask(f"limit {per_second}")

    def reset(self):
        self.ask("reset")

    def count(self):
        return self.ask("count")

    def seconds(self):
        return self.ask("seconds")

    def cpu(self):
        """Seconds of processor that it used so far."""
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / 100

    def answer_time(self, requests=40):
        """Seconds that one request takes which does nothing, the median of some."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        times = []
        for _ in range(requests):
            started = time.perf_counter()
            # Unsigned: refused after the latency.
            connection.request("GET", "/")
            connection.getresponse().read()
            times.append(time.perf_counter() - started)
        connection.close()
        return statistics.median(times)


class Front:
    """TLS for every host name before a store (`crates/partsweep-sim/examples/front.rs`); use as a context manager."""

    def __init__(self, binary, port):
        self._binary, self._server = binary, port

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="partsweep-bench-")
        authority = pathlib.Path(self._folder.name) / "ca.pem"
        self._process = subprocess.Popen(
            [self._binary, str(self._server), authority],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        self.port = int(self._process.stdout.readline())
        self.trusted = {"AWS_CA_BUNDLE": str(authority)}
        # Whatever name is asked for, it is here.
        self.environment = self.trusted | {"HTTPS_PROXY": f"http://127.0.0.1:{self.port}"}
        return self

    def __exit__(self, *_):
        # It ends with its input.
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
