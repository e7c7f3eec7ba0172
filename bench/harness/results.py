"""Medians and ratios as tables."""

import dataclasses
import datetime
import statistics

from . import machine


@dataclasses.dataclass
class Row:
    """What one tool did with one workload."""

    name: str
    remark: str
    walls: list = dataclasses.field(default_factory=list)
    cpus: list = dataclasses.field(default_factory=list)
    peaks: list = dataclasses.field(default_factory=list)
    requests: int = 0
    extrapolated: bool = False
    # Why it has no time.
    over: str = ""

    def add(self, run, requests, fixed, factor):
        self.walls.append(fixed + (run.wall - fixed) * factor)
        self.cpus.append(run.cpu * factor)
        self.peaks.append(run.peak)
        self.requests = round(requests * factor)
        self.extrapolated = factor > 1

    @property
    def wall(self):
        return statistics.median(self.walls)

    def cells(self, best):
        if self.over or not self.walls:
            return [self.name, "—", "", "", "", "", self.over]
        about = "≈ " if self.extrapolated else ""
        # The memory of a share says nothing of the whole.
        peak = "" if self.extrapolated else f"{max(self.peaks) / (1 << 20):.0f} MiB"
        return [
            self.name,
            about + seconds(self.wall),
            f"{self.wall / best:.1f}" if best and not self.remark.startswith("lists only") else "",
            about + seconds(statistics.median(self.cpus)),
            peak,
            f"{about}{self.requests:,}",
            self.remark,
        ]


def seconds(time):
    if time >= 120:
        return f"{time / 60:.1f} min"
    return f"{time:.1f} s" if time >= 10 else f"{time:.2f} s"


HEAD = ["", "time", "ratio", "processor", "peak memory", "requests", ""]


def table(workload, rows):
    """One workload; ratios are to the first tool, which is partsweep."""
    best = rows[0].wall if rows and rows[0].walls and not rows[0].over else None
    lines = [HEAD, ["---"] + ["---:"] * 5 + ["---"], *(row.cells(best) for row in rows)]
    text = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return f"## {workload.name}: {workload.title}\n\n{text}\n"


def circumstances(versions, absent, runs, answer_time):
    lines = [
        f"{datetime.date.today():%Y-%m-%d}, on {machine.describe()}. {'One run each' if runs == 1 else f'Medians of {runs} runs, taken in turns'}; "
        f"the store, on the same machine, adds 20 ms to each request (measured: {answer_time * 1000:.1f} ms).",
        "",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".",
    ]
    if machine.load() > 4:
        lines += ["", f"Other programs ran at the same time (load {machine.load():.0f}): read the ratios, not the times."]
    if absent:
        lines += ["", "Not measured: " + "; ".join(f"{name} {reason}" for name, reason in absent.items()) + "."]
    return "\n".join(lines)


def report(tables, versions, absent, runs, answer_time):
    return f"""# Side by side

Written by `bench/run`. {circumstances(versions, absent, runs, answer_time)}

≈ is extrapolated from a share of the work. Ratios are to partsweep with 256 requests at once; its default is 64. Every
answer was compared with what the store had: a wrong one has no time. partsweep's aborts are more than aborts: it sizes
each upload first, looks again just before, and asks after whether the parts are gone. The other tools only abort.

{chr(10).join(tables)}"""
