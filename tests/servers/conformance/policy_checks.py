"""`doctor --policy`: a key that has exactly what is printed can do each command, and with one permission less it is told."""

import json
import re
import subprocess
import time

from stores.process import clean_environment

from .trial import ANY_AGE, only_where

BUCKET = "policy-tried"
VERSIONED = "policy-tried-with-versions"
RULED = "policy-tried-with-rules"
RESCUED = "policy-tried-for-a-rescue"

# Asked for only where there are versions, access lists or tags to read or to write.
OF_SOME = ("Version", "Acl", "Tagging")

# What is told where a right of Garage or an action of SeaweedFS is missing: it grants several requests, which are
# named as AWS does.
# `ReadAcp` is asked for only when an object is saved.
GARAGE = {
    "--read": "s3:ListBucketMultipartUploads",
    "--write": "s3:AbortMultipartUpload",
    "--owner": "s3:GetLifecycleConfiguration",
}
# Where lifecycles are changed, and no upload is aborted.
OF_LIFECYCLE = {"Write": "s3:PutLifecycleConfiguration"}
SEAWEEDFS = {"Read": "s3:ListBucketMultipartUploads", "List": "s3:ListBucket", "Write": "s3:AbortMultipartUpload"}


def printed(trial, job, bucket):
    """Returns what the program prints for this store and one bucket."""
    store = f"{trial.store.name}:{trial.store.endpoint}"
    argv = [trial.program.binary, "doctor", "--policy", job, "--quiet", "--store", store, bucket]
    done = subprocess.run(argv, capture_output=True, env=clean_environment(), timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout.decode()


def tried(trial, job, policy, bucket):
    """Runs a job with a key that has this policy, on one upload of a part; returns the run and whether it is left."""
    client = trial.owner_client
    # An older object at the key: it has to be seen where an abort can hurt.
    client.put(bucket, "left behind", b"older")
    upload_id = client.create_upload(bucket, "left behind")
    client.put_part(bucket, "left behind", upload_id, 1, b"x" * 1_000)
    words = {
        "scan": ("scan", f"s3://{bucket}"),
        "clean": ("clean", "--yes", *ANY_AGE, "--risk-live", "--settle", "200ms", f"s3://{bucket}"),
    }
    with trial.store.limited(policy, bucket, client) as user:
        run = trial.run(*words[job], user=user)
    is_left = client.send("GET", bucket, "left behind", {"uploadId": upload_id}).status == 200
    client.abort(bucket, "left behind", upload_id)
    assert client.get(bucket, "left behind") == b"older", run
    return run, is_left


def each_command_works(trial, job, policy, bucket):
    run, is_left = tried(trial, job, policy, bucket)
    # MinIO's listing is never proven.
    exit_code = 0 if trial.expectations.listing == "complete" else 3
    assert run.exit_code == exit_code, f"exit {exit_code} expected\n{run}"
    assert is_left == (job == "scan"), run
    assert "warning" not in run.stderr or exit_code == 3, run


@only_where(lambda trial: trial.store.takes_policies)
def exactly_the_printed_permissions_are_enough(trial):
    trial.owner_client.create_bucket(BUCKET)
    try:
        for job in ("scan", "clean"):
            policy = printed(trial, job, BUCKET)
            each_command_works(trial, job, policy, BUCKET)
            for missing, told, smaller in one_less(policy):
                # What only versions ask for is tried where there are some.
                if told and not (trial.store.name == "seaweedfs" and missing == "List"):
                    less_is_told(trial, job, missing, told, smaller, BUCKET)
    finally:
        remove(trial.owner_client, BUCKET)


@only_where(lambda trial: trial.store.name == "seaweedfs")
def exactly_the_printed_actions_are_enough_where_there_are_versions(trial):
    """SeaweedFS lists versions by `List`, and nothing else that is needed."""
    client = trial.owner_client
    client.create_bucket(VERSIONED)
    try:
        document = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        answer = client.send("PUT", VERSIONED, query={"versioning": ""}, body=document)
        assert answer.status == 200, f"versions: {answer}"
        policy = printed(trial, "clean", VERSIONED)
        each_command_works(trial, "clean", policy, VERSIONED)
        for missing, told, smaller in one_less(policy):
            if told:
                less_is_told(trial, "clean", missing, told, smaller, VERSIONED)
    finally:
        remove(client, VERSIONED)


@only_where(lambda trial: trial.store.takes_policies and trial.expectations.keeps_abort_rules)
def exactly_the_printed_permissions_are_enough_for_lifecycles(trial):
    client = trial.owner_client
    client.create_bucket(RULED)
    upload_id = client.create_upload(RULED, "left behind")
    client.put_part(RULED, "left behind", upload_id, 1, b"x" * 1_000)
    try:
        policy = printed(trial, "lifecycle", RULED)
        with trial.store.limited(policy, RULED, client) as user:
            for run in lifecycle_runs(trial, user):
                assert run.exit_code == 0 and "warning" not in run.stderr, run
        assert client.send("GET", RULED, query={"lifecycle": ""}).status == 404, "it was not undone"
        for missing, told, smaller in one_less(policy):
            told = OF_LIFECYCLE.get(missing, told)
            if told:
                with trial.store.limited(smaller, RULED, client) as user:
                    said = "".join(run.stdout + run.stderr for run in lifecycle_runs(trial, user))
                client.send("DELETE", RULED, query={"lifecycle": ""})
                assert told in said, f"without {missing}: {told} is not named\n{said}"
    finally:
        client.abort(RULED, "left behind", upload_id)
        client.send("DELETE", RULED)


@only_where(lambda trial: trial.store.takes_policies)
def exactly_the_printed_permissions_are_enough_for_a_rescue(trial):
    client = trial.owner_client
    client.create_bucket(RESCUED)
    try:
        policy = printed(trial, "rescue", RESCUED)
        # It has to be seen, and is replaced.
        client.put(RESCUED, "left behind", b"older")
        upload_id = client.create_upload(RESCUED, "left behind")
        client.put_part(RESCUED, "left behind", upload_id, 1, b"x" * 1_000)
        words = ("rescue", f"s3://{RESCUED}/left behind", "--quiet-for", "0s", "--overwrite", "--size", "1000")
        act = ("--yes", "--upload-id", upload_id, "--risk-live")
        for missing, told, smaller in one_less(policy):
            if told and missing not in ("s3:ListBucket", "s3:GetBucketObjectLockConfiguration", "List"):
                with trial.store.limited(smaller, RESCUED, client) as user:
                    # What writes is asked for only at the end; which uploads the key has, where none is named.
                    writes = missing in ("s3:PutObject", "Write", "--write")
                    run = trial.run(*words, *(act if writes else ("--dry-run",)), user=user)
                assert run.exit_code != 0, f"without {missing}\n{run}"
        with trial.store.limited(policy, RESCUED, client) as user:
            run = trial.run(*words, *act, user=user)
        assert run.exit_code == 0, run
        assert client.get(RESCUED, "left behind") == b"x" * 1_000
    finally:
        remove(client, RESCUED)


def lifecycle_runs(trial, user):
    """Yields a check, a change, and, if there was one, that it is undone."""
    undo = trial.store.home / f"rights-{time.monotonic_ns()}.ndjson"
    yield trial.run("lifecycle", "check", RULED, user=user)
    yield trial.run("lifecycle", "set", "--yes", "--undo", str(undo), RULED, user=user)
    if undo.exists():
        yield trial.run("lifecycle", "undo", "--yes", str(undo), user=user)


def one_less(policy):
    """Yields each permission, how it must be named where it is missing (`None` where it may not matter), and the policy without it."""
    if policy.startswith("{"):
        yield from one_less_of_iam(json.loads(policy))
    elif policy.startswith("garage "):
        rights = [right for right in GARAGE if f" {right} " in policy]
        for missing in rights if len(rights) > 1 else ():
            yield missing, GARAGE[missing], policy.replace(f" {missing} ", " ")
    elif policy.startswith("s3.configure "):
        (actions,) = re.findall(r" -actions (\S+)", policy)
        for missing in actions.split(","):
            left = [action for action in actions.split(",") if action != missing]
            if left:
                yield missing, SEAWEEDFS.get(missing), policy.replace(actions, ",".join(left))


def one_less_of_iam(policy):
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    for missing in actions:
        statements = []
        for statement in policy["Statement"]:
            left = [action for action in statement["Action"] if action != missing]
            if left:
                statements.append({**statement, "Action": left})
        may_not_matter = any(word in missing for word in OF_SOME)
        yield missing, None if may_not_matter else missing, json.dumps({**policy, "Statement": statements})


def less_is_told(trial, job, missing, told, policy, bucket):
    run, _ = tried(trial, job, policy, bucket)
    assert told in run.stdout + run.stderr, f"{job} without {missing}: {told} is not named\n{run}"


def remove(client, bucket):
    """Removes a bucket, with all versions of the one object."""
    versions = client.send("GET", bucket, query={"versions": ""}).body
    for version in re.findall(rb"<VersionId>([^<]*)</VersionId>", versions):
        client.send("DELETE", bucket, "left behind", {"versionId": version.decode()})
    client.send("DELETE", bucket, "left behind")
    client.send("DELETE", bucket)


CHECKS = (
    exactly_the_printed_permissions_are_enough,
    exactly_the_printed_actions_are_enough_where_there_are_versions,
    exactly_the_printed_permissions_are_enough_for_lifecycles,
    exactly_the_printed_permissions_are_enough_for_a_rescue,
)
