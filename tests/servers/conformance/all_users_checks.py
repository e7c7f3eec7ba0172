"""All users of a cluster: what its admin API lists, whose buckets those are, and what their indexes count."""

from .documents import assert_exit, assert_same, buckets_of, uploads_of
from .trial import ANY_AGE, only_where

TENANT, NAME = "acme", "all-users"
CAPABILITIES = "buckets=read;metadata=read"

# Where there are tenants.
of_tenants = only_where(lambda trial: trial.store.has_tenants)


class _Cluster:
    """Two buckets of one name, an upload in each, and an administrator with and without a tenant."""

    def __init__(self, trial):
        store = trial.store
        self.alice = store.add_user(f"{TENANT}$alice")
        self.plain = store.add_user("bob")
        self.admins = [store.add_user(name, "--admin") for name in ("root", f"{TENANT}$boss")]
        for admin in self.admins:
            store.allow(admin, CAPABILITIES)
        for user in (self.alice, self.plain):
            client = store.client(user)
            client.create_bucket(NAME)
            for number in range(3):
                upload_id = client.create_upload(NAME, f"{user.name}/{number}")
                client.put_part(NAME, f"{user.name}/{number}", upload_id, 1, b"part")


def _cluster(trial):
    """Made once: the checks build on each other."""
    if not hasattr(trial, "cluster"):
        trial.cluster = _Cluster(trial)
    return trial.cluster


def _scan(trial, admin, *words):
    return trial.run("scan", "--all-users", "--format", "json", *words, user=admin)


@of_tenants
def every_bucket_of_every_tenant_is_found_with_its_owner_and_counted(trial):
    cluster = _cluster(trial)
    own = set(trial.owner_client.list_buckets())
    for admin, untenanted in zip(cluster.admins, (NAME, f":{NAME}"), strict=True):
        run = _scan(trial, admin)
        assert_exit(run, 0)
        buckets = buckets_of(run.document)
        owners = {untenanted: "bob", f"{TENANT}:{NAME}": f"{TENANT}$alice"}
        for name, owner in owners.items():
            assert buckets[name]["owner"] == owner, buckets[name]
            keys = {upload["key"] for upload in buckets[name]["uploads"]}
            assert keys == {f"{owner}/{number}" for number in range(3)}, f"{name}: {keys}"
        for name, bucket in buckets.items():
            assert bucket["index"]["check"] == "agrees", f"{name}: {bucket['index']}"
        missing = own - {name.lstrip(":") for name in buckets}
        assert not missing, f"not found: {missing}"


@of_tenants
def without_capabilities_or_the_flag_the_command_that_grants_them_is_told(trial):
    user = trial.store.add_user("auditor")
    run = _scan(trial, user)
    assert_exit(run, 1)
    assert f'caps add --uid=USER --caps="{CAPABILITIES}"' in run.stderr, run
    trial.store.allow(user, CAPABILITIES)
    run = _scan(trial, user)
    assert_exit(run, 3)
    listings = {bucket["listing"] for bucket in buckets_of(run.document).values()}
    assert listings == {"denied"}, run
    assert "radosgw-admin user modify --uid=USER --admin" in run.stderr, run
    trial.store.modify(user, "--admin")
    assert_exit(_scan(trial, user), 0)


@of_tenants
def an_index_that_lost_an_entry_is_told_and_the_command_repairs_it(trial):
    cluster, bucket = _cluster(trial), f"{TENANT}:{NAME}"
    trial.store.lose_an_upload(f"{TENANT}/{NAME}", f"{TENANT}$alice/1")
    run = _scan(trial, cluster.admins[0], "--bucket", bucket)
    assert_exit(run, 3)
    index = buckets_of(run.document)[bucket]["index"]
    assert (index["check"], index["listed"], index["counted"]) == ("differs", 2, 3), index
    trial.store.repair_index(index["repair"])
    run = _scan(trial, cluster.admins[0], "--bucket", bucket)
    assert_exit(run, 0)
    assert buckets_of(run.document)[bucket]["index"] == {"check": "agrees", "listed": 2, "counted": 2}, run


@of_tenants
def an_administrator_sweeps_the_bucket_that_was_listed_and_the_gateway_lives(trial):
    cluster = _cluster(trial)
    words = ("clean", "--all-users", "--yes", *ANY_AGE, "--risk-live", "--settle", "0s", "--format", "json")
    # By the administrator of the tenant, to whom the name alone means the other bucket.
    for admin, bucket, owner, left in ((cluster.admins[1], f":{NAME}", "bob", 3), (cluster.admins[0], f"{TENANT}:{NAME}", f"{TENANT}$alice", 2)):
        run = trial.run(*words, "--bucket", bucket, user=admin)
        assert_exit(run, 0)
        outcomes = [upload["outcome"] for upload in uploads_of(run.document).values()]
        assert_same({"aborted": left}, {outcome: outcomes.count(outcome) for outcome in set(outcomes)}, f"of {owner}")
    run = _scan(trial, cluster.admins[0], "--bucket", f"*{NAME}")
    assert_exit(run, 0)
    assert not uploads_of(run.document), run


CHECKS = (
    every_bucket_of_every_tenant_is_found_with_its_owner_and_counted,
    without_capabilities_or_the_flag_the_command_that_grants_them_is_told,
    an_index_that_lost_an_entry_is_told_and_the_command_repairs_it,
    an_administrator_sweeps_the_bucket_that_was_listed_and_the_gateway_lives,
)
