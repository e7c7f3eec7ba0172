"""`lifecycle check`, `set` and `undo`: no rule of anybody else is lost, and what was set is followed."""

import contextlib
import re
import time

from .claims.bench import WHOLE_BUCKET, expect, put_lifecycle, rule, rules_read, same
from .documents import assert_exit
from .trial import Skip, only_where

OURS = "partsweep-abort-incomplete"

# A rule of the user's own. Nothing in these buckets is as old.
THEIRS = rule("<Filter><Prefix>tmp/</Prefix></Filter><Expiration><Days>3000</Days></Expiration>", "theirs")

# Two processes at a time, so often, each with its own number of days.
ROUNDS = 4
DAYS = (5, 6)

# What a store may take to follow its rules once it has begun.
FOLLOWING_SECONDS = 15

keeps_abort_rules = only_where(lambda trial: trial.expectations.keeps_abort_rules)
drops_abort_rules = only_where(lambda trial: not trial.expectations.keeps_abort_rules)


@contextlib.contextmanager
def bucket_of(trial, name, *rules):
    """A bucket with these rules, removed in the end."""
    client = trial.owner_client
    client.create_bucket(name)
    if rules:
        expect(put_lifecycle(client, name, *rules), 200)
    try:
        yield name
    finally:
        for key in ("old", "young", "object", "tmp/object"):
            client.send("DELETE", name, key)
        for upload in trial.bench.page(name).names:
            client.abort(name, *upload)
        client.send("DELETE", name)


def read(trial, bucket):
    """Returns the lifecycle as the store gives it: its document, or `None`."""
    answer = trial.owner_client.send("GET", bucket, query={"lifecycle": ""})
    if answer.status == 404 and answer.code == "NoSuchLifecycleConfiguration":
        return None
    expect(answer, 200)
    return answer.body.decode()


def shown(trial, bucket, *words):
    """Returns what `lifecycle check` says of a bucket."""
    run = trial.run("lifecycle", "check", "--format", "json", *words, bucket)
    assert_exit(run, 0 if trial.expectations.listing == "complete" else 3)
    (entry,) = run.document["buckets"]
    same(bucket, entry["bucket"], "bucket")
    return entry


def undo_file(trial, name):
    return str(trial.store.home / f"{name}-{time.monotonic_ns()}.ndjson")


@keeps_abort_rules
def a_rule_is_added_beside_another_and_undone(trial):
    client = trial.owner_client
    for name, rules in (("lifecycle-ruled", (THEIRS,)), ("lifecycle-plain", ())):
        with bucket_of(trial, name, *rules) as bucket:
            before, theirs = read(trial, bucket), rules_read(client, bucket) if rules else []
            same("none", shown(trial, bucket, "--all")["state"], "state before")
            undo = undo_file(trial, bucket)

            dry = trial.run("lifecycle", "set", "--dry-run", "--undo", undo, bucket)
            assert_exit(dry, 0)
            same(before, read(trial, bucket), "lifecycle after a dry run")

            run = trial.run("lifecycle", "set", "--yes", "--undo", undo, bucket)
            assert_exit(run, 0)
            assert f"{bucket}: changed, and read back" in run.stdout, run
            now = rules_read(client, bucket)
            (ours,) = [text for text in now if f"<ID>{OURS}</ID>" in text]
            assert "<DaysAfterInitiation>7</DaysAfterInitiation>" in ours, ours
            same(theirs, [text for text in now if text != ours], "the other rules")
            entry = shown(trial, bucket)
            same(("protected", OURS, 7), (entry["state"], entry["rule"], entry["rule_days"]), "what protects it")

            run = trial.run("lifecycle", "set", "--yes", bucket)
            assert_exit(run, 0)
            same(now, rules_read(client, bucket), "rules after the second time")

            run = trial.run("lifecycle", "undo", "--yes", undo)
            assert_exit(run, 0)
            same(before, read(trial, bucket), "lifecycle after it was undone")
            same("none", shown(trial, bucket, "--all")["state"], "state after it was undone")


@keeps_abort_rules
def what_someone_changed_since_is_not_undone(trial):
    client = trial.owner_client
    with bucket_of(trial, "lifecycle-changed", THEIRS) as bucket:
        undo = undo_file(trial, bucket)
        assert_exit(trial.run("lifecycle", "set", "--yes", "--undo", undo, bucket), 0)
        expect(put_lifecycle(client, bucket, THEIRS.replace("3000", "2999")), 200)
        changed = read(trial, bucket)
        assert_exit(trial.run("lifecycle", "undo", "--yes", undo), 5)
        same(changed, read(trial, bucket), "lifecycle")


@keeps_abort_rules
def two_at_once_lose_no_rule(trial):
    """Whichever writes last, the rules that were there are there, and one that was said to be set is."""
    client = trial.owner_client
    with bucket_of(trial, "lifecycle-raced", THEIRS) as bucket:
        for _ in range(ROUNDS):
            expect(put_lifecycle(client, bucket, THEIRS), 200)
            theirs = rules_read(client, bucket)
            files = [undo_file(trial, f"{bucket}-{days}") for days in DAYS]
            started = [
                trial.program.start(trial.store.owner, "lifecycle", "set", "--yes", "--days", str(days), "--undo", file, bucket)
                for days, file in zip(DAYS, files, strict=True)
            ]
            ended = [(*child.communicate(timeout=100), child.returncode) for child in started]
            now = rules_read(client, bucket)
            for out, err, code in ended:
                # 5 where it saw the rule of the other, which takes longer.
                assert code in (0, 3, 5), f"exit {code}: {out.decode()} {err.decode()}"
            same(theirs, [text for text in now if OURS not in text], "the rules that were there")
            left = {int(days) for days in re.findall(r"<DaysAfterInitiation>(\d+)<", "".join(now))}
            said = {days for (out, _, _), days in zip(ended, DAYS, strict=True) if b"changed, and read back" in out}
            assert left <= said, f"rules of {left} days are there, and of {said} were said to be set: {ended}"
            # Two writes in one millisecond cancel each other on Garage, which then has no lifecycle at all: both put
            # back what was there before.
            put_back = all(b"was put back" in err for _, err, _ in ended)
            assert left or put_back, f"no rule is there, and neither said so: {ended}"


@keeps_abort_rules
def a_rule_that_was_set_aborts_what_is_old_and_nothing_else(trial):
    client, store = trial.owner_client, trial.store
    if store.has_clock and not store.can_turn_clock:
        raise Skip("libfaketime is not installed")
    with bucket_of(trial, "lifecycle-followed", THEIRS) as bucket:
        for key in ("object", "tmp/object"):
            client.put(bucket, key, b"whole")

        def begin(key):
            upload_id = client.create_upload(bucket, key)
            client.put_part(bucket, key, upload_id, 1, b"x" * 1_000)
            return upload_id

        store.begin_long_ago(client, bucket, lambda: begin("old"))
        assert_exit(trial.run("lifecycle", "set", "--yes", "--days", "1", bucket), 0)
        begin("young")
        same(["old", "young"], sorted(trial.bench.page(bucket).keys), "uploads before the rule was followed")
        with store.rules_followed(client):
            until = time.monotonic() + FOLLOWING_SECONDS
            while "old" in trial.bench.page(bucket, client).keys and time.monotonic() < until:
                time.sleep(0.2)
            same(["young"], trial.bench.page(bucket, client).keys, "uploads after the rule was followed")
            for key in ("object", "tmp/object"):
                same(b"whole", client.get(bucket, key), key)


@drops_abort_rules
def a_rule_that_the_store_would_drop_is_refused(trial):
    for name, rules in (("lifecycle-ruled", (THEIRS,)), ("lifecycle-plain", ())):
        with bucket_of(trial, name, *rules) as bucket:
            before = read(trial, bucket)
            undo = undo_file(trial, bucket)
            run = trial.run("lifecycle", "set", "--yes", "--undo", undo, bucket)
            assert_exit(run, 5)
            assert "nothing was changed" in run.stderr and "by itself after 1 day" in run.stderr, run
            same(before, read(trial, bucket), "lifecycle")
            same("store_cleans_up", shown(trial, bucket)["state"], "state")


# The last one starts some servers again.
CHECKS = (
    a_rule_is_added_beside_another_and_undone,
    what_someone_changed_since_is_not_undone,
    two_at_once_lose_no_rule,
    a_rule_that_the_store_would_drop_is_refused,
    a_rule_that_was_set_aborts_what_is_old_and_nothing_else,
)
