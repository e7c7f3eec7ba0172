"""Runs the real `partsweep` binary and reads what it says."""

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import subprocess

from stores.process import clean_environment

# Sweeping everything that the suite makes takes well under a minute.
TIMEOUT_SECONDS = 300

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]


def find_binary():
    """Returns the program to test: `PARTSWEEP_BIN`, or one built from this checkout."""
    given = os.environ.get("PARTSWEEP_BIN")
    if given:
        path = pathlib.Path(given).resolve()
        if not os.access(path, os.X_OK):
            raise RuntimeError(f"PARTSWEEP_BIN={given} is not a program")
        return path
    if shutil.which("cargo") is None:
        raise RuntimeError("there is no cargo to build partsweep with, and PARTSWEEP_BIN is not set")
    subprocess.run(["cargo", "build", "--quiet", "--release", "--bin", "partsweep"], cwd=REPOSITORY, check=True)
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=REPOSITORY, check=True, capture_output=True
    )
    return pathlib.Path(json.loads(metadata.stdout)["target_directory"]) / "release/partsweep"


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of the program, ended."""

    words: tuple
    exit_code: int
    stdout: str
    stderr: str

    @property
    def document(self):
        """What it printed, as the one JSON document that it must be."""
        try:
            return json.loads(self.stdout)
        except ValueError as error:
            raise AssertionError(f"stdout is not one JSON document: {error}\n{self}") from None

    def __str__(self):
        shown = self.stdout if len(self.stdout) < 2_000 else f"{self.stdout[:2_000]}… ({len(self.stdout)} characters)"
        return (
            f"partsweep {' '.join(self.words)}\nexit {self.exit_code}\nstdout: {shown}\nstderr: {self.stderr[:3_000]}"
        )


class Program:
    """The binary, pointed at one server, or at a name in front of it (`racing/front.py`)."""

    def __init__(self, binary, store, front=None):
        self.binary = binary
        self.store = store
        self.endpoint = front.endpoint if front else store.endpoint
        self.variables = front.variables if front else {}
        # An empty home: the settings of the person who runs the tests must not count.
        self.home = store.home / "program-home"
        self.home.mkdir(exist_ok=True)

    def start(self, user, *words):
        """Starts it as a user of the server, and returns the process."""
        environment = clean_environment(
            HOME=str(self.home),
            AWS_ACCESS_KEY_ID=user.access_key,
            AWS_SECRET_ACCESS_KEY=user.secret_key,
            AWS_REGION=self.store.region,
            AWS_EC2_METADATA_DISABLED="true",
            **self.variables,
        )
        if user.session_token:
            environment["AWS_SESSION_TOKEN"] = user.session_token
        argv = [self.binary, "--endpoint-url", self.endpoint, *words]
        return subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )

    def run(self, user, *words):
        """Runs it to its end; raises if a secret shows up in what it prints."""
        child = self.start(user, *words)
        try:
            stdout, stderr = child.communicate(timeout=TIMEOUT_SECONDS)
        except BaseException:
            child.send_signal(signal.SIGKILL)
            child.wait()
            raise
        run = Run(words, child.returncode, stdout.decode(), stderr.decode())
        for secret in (user.secret_key, user.session_token):
            if secret and (secret in run.stdout or secret in run.stderr):
                raise AssertionError(f"partsweep {' '.join(words)} printed a secret")
        return run
