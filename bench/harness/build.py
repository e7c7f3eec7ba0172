"""Builds the program and the simulated store as they are released."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def say(text):
    print(text, file=sys.stderr, flush=True)


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "release"


def build():
    """Builds the program, the store and its front; returns their paths. `PARTSWEEP_BIN` names another program to measure."""
    say("building the simulated store")
    _cargo("-p", "partsweep-sim", "--features", "front", "--example", "serve", "--example", "front")
    given = os.environ.get("PARTSWEEP_BIN")
    if not given:
        say("building partsweep")
        _cargo("-p", "partsweep")
    examples = target() / "examples"
    return pathlib.Path(given) if given else target() / "partsweep", examples / "serve", examples / "front"


def _cargo(*words):
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", *words], cwd=ROOT, check=True)
