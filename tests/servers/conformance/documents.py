"""Reads the program's JSON documents into what the checks compare."""


def buckets_of(document):
    """Returns bucket name → its entry; a bucket that is there twice is an error."""
    named = {}
    for bucket in document["buckets"]:
        assert bucket["name"] not in named, f"bucket {bucket['name']} is in the document twice"
        named[bucket["name"]] = bucket
    return named


def uploads_of(document):
    """Returns (bucket, key, upload id) → its entry; an upload that is there twice is an error."""
    named = {}
    for bucket in document["buckets"]:
        for upload in bucket["uploads"]:
            name = (bucket["name"], upload["key"], upload["upload_id"])
            assert name not in named, f"upload {name} is in the document twice"
            named[name] = upload
    return named


def footprints_of(document):
    """Returns (bucket, key, upload id) → (parts, bytes); `None` stands for unknown."""
    return {name: (upload["parts"], upload["bytes"]) for name, upload in uploads_of(document).items()}


def short(name):
    """Returns a name for a message; upload ids of a hundred characters help nobody."""
    if isinstance(name, tuple):
        return "/".join(repr(word if len(word) < 40 else word[:37] + "…") for word in name)
    return repr(name)


def assert_same(expected, got, what):
    """Raises with a count and a few examples if two mappings differ."""
    missing = [name for name in expected if name not in got]
    extra = [name for name in got if name not in expected]
    different = [name for name in expected if name in got and got[name] != expected[name]]
    if not (missing or extra or different):
        return
    lines = [f"{what}: {len(expected)} expected, {len(got)} found"]
    lines += [f"missing {short(name)}" for name in missing[:4]]
    lines += [f"not expected {short(name)}: {got[name]!r}" for name in extra[:4]]
    lines += [f"{short(name)}: {expected[name]!r} expected, {got[name]!r} found" for name in different[:4]]
    lines.append(f"in all {len(missing)} missing, {len(extra)} not expected, {len(different)} different")
    raise AssertionError("\n".join(lines))


def assert_exit(run, expected):
    assert run.exit_code == expected, f"exit {expected} expected\n{run}"
