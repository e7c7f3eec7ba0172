"""The conformance suite: what `partsweep` must find, sweep and leave alone on a real server."""
