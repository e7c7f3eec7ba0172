"""What the stores' files claim to be measured, measured again: a probe for each claim.

A probe is a function of one server's file that takes the [`Bench`]. It asks the server itself, not the
program, and fails if a claim is not so. `crates/partsweep-core/stores/*.toml` names it beside the claim.
"""

import functools
import importlib
import inspect
import pathlib
import tomllib

from .bench import Bench

STORES = pathlib.Path(__file__).resolve().parents[4] / "crates/partsweep-core/stores"


def probes_of(name):
    """Returns the probes of a server by their names, in the order of its file."""
    module = importlib.import_module(f".{name}", __name__)
    own = inspect.getmembers(module, lambda it: inspect.isfunction(it) and it.__module__ == module.__name__)
    probes = [(function.__code__.co_firstlineno, probe, function) for probe, function in own if not probe.startswith("_")]
    return {probe: function for _, probe, function in sorted(probes)}


def checks_of(name):
    """Returns what the suite runs for a server: that each claim has a probe, and each probe."""

    @functools.wraps(every_measured_claim_has_a_probe)
    def linked(trial):
        every_measured_claim_has_a_probe(name)

    return (linked, *(_check(probe) for probe in probes_of(name).values()))


def every_measured_claim_has_a_probe(name):
    claims = tomllib.loads((STORES / f"{name}.toml").read_text())["claims"]
    wrong = [claim["says"] for claim in claims if (claim["evidence"] == "measured") != ("probe" in claim)]
    assert not wrong, f"measured without a probe, or with one and not measured: {wrong}"
    named = {claim["probe"] for claim in claims if "probe" in claim}
    there = set(probes_of(name))
    assert named == there, f"not there: {sorted(named - there)}; not named: {sorted(there - named)}"


def _check(probe):
    @functools.wraps(probe)
    def check(trial):
        probe(trial.bench)

    return check
