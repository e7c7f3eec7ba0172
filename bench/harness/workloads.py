"""What all tools are given to do."""

import dataclasses

from .sim import Contents


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    # "list": name every upload. "size": also say how many bytes there are. "abort": find and abort them all.
    act: str
    contents: Contents
    # The same, small.
    quick: Contents

    @property
    def bucket(self):
        """The one bucket that it is about; None for all."""
        return "bucket-00000" if self.contents.buckets == 1 else None

    @property
    def title(self):
        has = self.contents
        act = {"list": "list", "size": "list and size", "abort": "find and abort"}[self.act]
        uploads = "one upload" if has.uploads == 1 else f"{has.uploads:,} uploads"
        parts = f" of {has.parts:,} parts" if self.act == "size" else ""
        where = "one bucket" if has.buckets == 1 else f"each of {has.buckets:,} buckets"
        return f"{act} {uploads}{parts} in {where}"


LATENCY_MS = 20

WORKLOADS = (
    Workload("W1", "list", Contents(1, 100_000, 1), Contents(1, 20_000, 1)),
    Workload("W2", "size", Contents(1, 5_000, 3), Contents(1, 1_000, 3)),
    Workload("W3", "abort", Contents(1, 2_000, 3), Contents(1, 500, 3)),
    Workload("W4", "size", Contents(200, 25, 3), Contents(40, 25, 3)),
    Workload("W5", "list", Contents(1, 1_000_000, 1), Contents(1, 50_000, 1)),
    Workload("W6", "size", Contents(1, 1, 10_000), Contents(1, 1, 10_000)),
)
TEN_MILLION = Workload("W5", "list", Contents(1, 10_000_000, 1), Contents(1, 100_000, 1))
