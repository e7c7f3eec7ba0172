"""`doctor --policy`: a key that has exactly what is printed can do each command, and with one permission less it is told."""

import json
import subprocess

from stores.process import clean_environment

from .trial import ANY_AGE, only_where

BUCKET = "policy-tried"

# Asked for only where there are versions, access lists or tags to read or to write.
OF_SOME = ("Version", "Acl", "Tagging")


def printed(trial, job):
    """Returns what the program prints for this store and one bucket."""
    store = f"{trial.store.name}:{trial.store.endpoint}"
    argv = [trial.program.binary, "doctor", "--policy", job, "--quiet", "--store", store, BUCKET]
    done = subprocess.run(argv, capture_output=True, env=clean_environment(), timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout.decode()


def tried(trial, job, policy):
    """Runs a job with a key that has this policy, on one upload of a part; returns the run and whether it is left."""
    client = trial.owner_client
    # An older object at the key: it has to be seen where an abort can hurt.
    client.put(BUCKET, "left behind", b"older")
    upload_id = client.create_upload(BUCKET, "left behind")
    client.put_part(BUCKET, "left behind", upload_id, 1, b"x" * 1_000)
    words = {
        "scan": ("scan", f"s3://{BUCKET}"),
        "clean": ("clean", "--yes", *ANY_AGE, "--risk-live", "--settle", "200ms", f"s3://{BUCKET}"),
    }
    with trial.store.limited(policy, BUCKET, client) as user:
        run = trial.run(*words[job], user=user)
    is_left = client.send("GET", BUCKET, "left behind", {"uploadId": upload_id}).status == 200
    client.abort(BUCKET, "left behind", upload_id)
    assert client.get(BUCKET, "left behind") == b"older", run
    return run, is_left


def each_command_works(trial, job, policy):
    run, is_left = tried(trial, job, policy)
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
            policy = printed(trial, job)
            each_command_works(trial, job, policy)
            if policy.startswith("{"):
                one_permission_less_is_told(trial, job, json.loads(policy))
    finally:
        trial.owner_client.send("DELETE", BUCKET, "left behind")
        trial.owner_client.send("DELETE", BUCKET)


def one_permission_less_is_told(trial, job, policy):
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    for missing in actions:
        if any(word in missing for word in OF_SOME):
            continue
        statements = []
        for statement in policy["Statement"]:
            left = [action for action in statement["Action"] if action != missing]
            if left:
                statements.append({**statement, "Action": left})
        run, _ = tried(trial, job, json.dumps({**policy, "Statement": statements}))
        assert missing in run.stdout + run.stderr, f"{job} without {missing}: not named\n{run}"


CHECKS = (exactly_the_printed_permissions_are_enough,)
