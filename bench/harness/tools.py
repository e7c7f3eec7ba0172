"""partsweep and the other tools: what each is told to do, and how its answer is read."""

import json
import re
import subprocess

from . import install
from .build import ROOT
from .process import clean_environment, measure

# After so many seconds a listing that asks for one page again and again is said not to end.
PATIENCE = 30


class Cannot(Exception):
    """The tool cannot do this; the text says why."""


class Tool:
    """One tool. `name` is what `--only` takes."""

    name = ""
    # What stands once for each upload in its output.
    token = '"UploadId"'
    # Uploads of each kind of act (buckets where there are many) that it is given where all would take too long.
    shares = {}
    def prepare(self):
        """Installs it; raises `install.Unavailable` where that cannot be."""

    def version(self):
        raise NotImplementedError

    def command(self, workload, sim, home):
        """Returns the words of the command; raises `Cannot`."""
        raise NotImplementedError

    def environment(self, sim, home):
        return clean_environment(home, **sim.environment)

    def run(self, workload, sim, home):
        argv = self.command(workload, sim, home)
        return measure(argv, self.environment(sim, home), count=self.token, limit=self.limit(workload))

    def limit(self, workload):
        """Seconds after which a run is ended."""
        return 1_800

    def share(self, workload):
        """How many uploads, or buckets, it is given; None for all."""
        if workload.name == "W6":
            return None
        return self.shares.get(workload.name) or self.shares.get(workload.act)

    def told(self, workload, run):
        """Returns how many uploads and bytes it says there are; None for what it does not say."""
        return run.count, None

    def remark(self, workload):
        """What one has to know about its time."""
        return ""

    def _printed(self, *argv):
        return subprocess.run([str(word) for word in argv], capture_output=True, text=True, check=True).stdout.strip()


class Partsweep(Tool):
    token = '"type":"upload"'

    def __init__(self, binary, concurrency=None):
        self.binary = binary
        self.words = () if concurrency is None else ("--concurrency", concurrency)
        self.name = "partsweep" if concurrency is None else f"partsweep --concurrency {concurrency}"

    def version(self):
        return self._printed(self.binary, "--version").split()[-1]

    def command(self, workload, sim, home):
        act = {"list": ["scan", "--no-size"], "size": ["scan"], "abort": ["clean", "--yes"]}[workload.act]
        target = [f"s3://{workload.bucket}"] if workload.bucket else []
        return [self.binary, *act, *target, "--format", "ndjson", "--no-progress", *self.words]

    def told(self, workload, run):
        try:
            totals = json.loads(run.tail.rstrip("\n").rpartition("\n")[2])["totals"]
        except (ValueError, KeyError):
            return None, None
        return totals["uploads"], totals["bytes_freed" if workload.act == "abort" else "bytes"]

    def remark(self, workload):
        return "sizes them, looks again before each abort, and proves it after" if workload.act == "abort" else ""


class Boto3(Tool):
    script = ""
    shares = {}

    def prepare(self):
        self.python = install.python_environment() / "python"

    def version(self):
        return "boto3 " + self._printed(self.python, "-c", "import boto3; print(boto3.__version__)")

    def command(self, workload, sim, home):
        target = [workload.bucket] if workload.bucket else []
        return [self.python, ROOT / "bench/others" / self.script, workload.act, *target]

    def told(self, workload, run):
        try:
            done = json.loads(run.tail)
        except ValueError:
            return None, None
        return done["uploads"], done["bytes"] if workload.act == "size" else None


class Classic(Boto3):
    name = "classic script"
    script = "classic.py"
    shares = {"W5": 100_000, "W2": 500, "W3": 500, "W4": 20}


class Threads(Boto3):
    name = "64 threads"
    script = "threads.py"
    shares = {"W5": 100_000}


class Rclone(Tool):
    name = "rclone"
    shares = {"W5": 100_000, "W3": 500}

    def prepare(self):
        self.program = install.python_environment() / "rclone"

    def version(self):
        return self._printed(self.program, "version").splitlines()[0].split()[-1]

    def environment(self, sim, home):
        return {
            **super().environment(sim, home),
            "RCLONE_CONFIG": "/dev/null",
            "RCLONE_CONFIG_SIM_TYPE": "s3",
            "RCLONE_CONFIG_SIM_PROVIDER": "AWS",
            "RCLONE_CONFIG_SIM_ENV_AUTH": "true",
            "RCLONE_CONFIG_SIM_REGION": sim.environment["AWS_REGION"],
            "RCLONE_CONFIG_SIM_ENDPOINT": sim.endpoint,
            "RCLONE_CONFIG_SIM_FORCE_PATH_STYLE": "true",
        }

    def command(self, workload, sim, home):
        if workload.name == "W6":
            raise Cannot("cannot size")
        where = f"sim:{workload.bucket or ''}"
        if workload.act == "abort":
            return [self.program, "backend", "cleanup", where, "-o", "max-age=1s"]
        return [self.program, "backend", "list-multipart-uploads", where]

    def told(self, workload, run):
        return None if workload.act == "abort" else run.count, None

    def remark(self, workload):
        return "lists only: cannot size" if workload.act == "size" else ""


class Mc(Tool):
    name = "mc"
    token = '"type":"file"'
    shares = {"W5": 100_000, "W3": 300}

    def prepare(self):
        self.program = install.go_program("github.com/minio/mc", "mc")

    def version(self):
        built = self._printed("go", "version", "-m", self.program)
        return re.search(r"\tmod\tgithub.com/minio/mc\t(\S+)", built).group(1)

    def environment(self, sim, home):
        keys = f"{sim.environment['AWS_ACCESS_KEY_ID']}:{sim.environment['AWS_SECRET_ACCESS_KEY']}"
        return {**super().environment(sim, home), "MC_HOST_sim": f"http://{keys}@127.0.0.1:{sim.port}"}

    def command(self, workload, sim, home):
        if workload.name == "W6":
            raise Cannot("cannot size: prints 0 B")
        where = f"sim/{workload.bucket or ''}"
        begin = [self.program, "--json", "--config-dir", home / "mc"]
        if workload.act == "abort":
            return [*begin, "rm", "--incomplete", "--recursive", "--force", where]
        return [*begin, "ls", "--incomplete", "--recursive", where]

    def told(self, workload, run):
        return None if workload.act == "abort" else run.count, None

    def remark(self, workload):
        return "lists only: prints 0 B for each" if workload.act == "size" else ""


# Adds up what the processes print, a number a line.
SUM = "awk '{ bytes += $1 } END { printf \"{\\\"uploads\\\":%d,\\\"bytes\\\":%.0f}\\n\", NR, bytes }'"


class Shell(Tool):
    """A tool that does one upload a process: people loop over it in the shell, 16 at once."""

    shares = {"size": 48, "abort": 48, "W4": 2, "W5": 100_000}

    def told(self, workload, run):
        if workload.act == "list":
            return run.count, None
        if workload.act == "abort":
            return None, None
        try:
            done = json.loads(run.tail.splitlines()[-1])
        except (ValueError, IndexError):
            return None, None
        return done["uploads"], done["bytes"]

    def remark(self, workload):
        return "" if workload.act == "list" or workload.name == "W6" else "a process for each upload, 16 at once"


class AwsCli(Shell):
    name = "aws-cli"

    def prepare(self):
        self.program = install.python_environment() / "aws"

    def version(self):
        return re.match(r"aws-cli/(\S+)", self._printed(self.program, "--version")).group(1)

    def command(self, workload, sim, home):
        aws = f"{self.program} s3api"
        if workload.act == "list":
            return ["sh", "-c", f"{aws} list-multipart-uploads --bucket {workload.bucket}"]
        one = {"size": 'list-parts --query "sum(Parts[].Size)"', "abort": "abort-multipart-upload"}[workload.act]
        buckets = workload.bucket or f"$({aws} list-buckets --query 'Buckets[].Name' --output text)"
        listing = f"{aws} list-multipart-uploads --bucket $bucket --query 'Uploads[].[Key,UploadId]' --output text"
        # xargs gives each shell a key and an id; the shell prints in one piece, or 16 would mix their lines.
        call = f"{aws} {one} --bucket '$bucket' --key \"$0\" --upload-id \"$1\""
        each = f"xargs -r -P16 -n2 sh -c 'printf \"%s\\\\n\" \"$({call})\"'"
        script = f"for bucket in {buckets}; do {listing} | {each}; done"
        return ["sh", "-c", f"{script} | {SUM}" if workload.act == "size" else script]


class S3cmd(Shell):
    name = "s3cmd"
    token = "\ts3://"

    def limit(self, workload):
        return PATIENCE if workload.act == "list" else super().limit(workload)

    def prepare(self):
        self.program = install.debian_program("s3cmd", "/usr/bin/s3cmd")

    def version(self):
        return self._printed(self.program, "--version").split()[-1]

    def command(self, workload, sim, home):
        settings = home / "s3cmd.cfg"
        host = f"127.0.0.1:{sim.port}"
        settings.write_text(
            f"[default]\naccess_key = {sim.environment['AWS_ACCESS_KEY_ID']}\n"
            f"secret_key = {sim.environment['AWS_SECRET_ACCESS_KEY']}\n"
            f"host_base = {host}\nhost_bucket = {host}\nuse_https = False\n"
        )
        s3cmd = f"{self.program} --config {settings}"
        if workload.act == "list":
            return ["sh", "-c", f"{s3cmd} multipart s3://{workload.bucket}"]
        buckets = f"s3://{workload.bucket}" if workload.bucket else f"$({s3cmd} ls | awk '{{ print $3 }}')"
        # The names of the parts of the line are in its first two lines.
        listing = f"{s3cmd} multipart $bucket | awk -F'\\t' 'NR > 2 {{ print $2, $3 }}'"
        one = "listmp" if workload.act == "size" else "abortmp"
        # Each prints the sizes of its parts, after two lines of names; the sizes are its last column.
        each = f"xargs -r -P16 -n2 sh -c 'printf \"%s\\\\n\" \"$({s3cmd} {one} \"$0\" \"$1\")\"'"
        script = f"for bucket in {buckets}; do {listing} | {each}; done"
        sizes = "awk -F'\\t' '$4 ~ /^[0-9]+$/ { print $4 }'"
        return ["sh", "-c", f"{script} | {sizes} | {SUM}" if workload.act == "size" else script]

    def told(self, workload, run):
        uploads, size = super().told(workload, run)
        # Its lines are parts, not uploads.
        return (uploads if workload.act == "list" else None), size

    def remark(self, workload):
        endless = "its listing does not end past 1,000 uploads in a bucket"
        remark = super().remark(workload)
        return f"{remark}; {endless}" if workload.name in ("W2", "W3") else remark
