"""What each server does differently, in one place, each with its reason.

Everything here was measured on the versions that `stores/` installs. A check never
asks which server it runs on: it asks for one of these facts.
"""

import dataclasses

from . import keys

NO_SUCH_PATHS = {
    "..": "path elements `.` and `..` are refused",
    "a/../b": "path elements `.` and `..` are refused",
    "./x": "path elements `.` and `..` are refused",
    "a/./b": "path elements `.` and `..` are refused",
}
TOO_LONG = {keys.TOO_LONG: "S3 allows 1,024 bytes"}
NO_NUL = {"nul\x00x": "a NUL is refused in keys"}


@dataclasses.dataclass(frozen=True)
class Expectations:
    """One server's habits, as far as the suite has to allow for them."""

    # The name under which the program recognises it.
    provider: str
    # Keys that cannot be created, with the reason.
    refused: dict = dataclasses.field(default_factory=dict)
    # Keys under which an upload can be begun but no part sent.
    partless: dict = dataclasses.field(default_factory=dict)
    # Key as sent → key as stored. The upload is found under both.
    renamed: dict = dataclasses.field(default_factory=dict)
    # Key as sent → key as listed: U+FFFD stands for a character that is lost, and no request
    # with the listed key finds the upload. It must be shown, kept, and said to be uncertain.
    mangled: dict = dataclasses.field(default_factory=dict)
    # Whether listing needs `encoding-type=url` for keys to come back whole (decoded as forms are).
    lists_url_encoded: bool = False
    # What a listing of a whole bucket can claim: "complete" or "unproven".
    listing: str = "complete"
    # Uploads in the bucket that must need more than one page.
    many_uploads: int = 1_100
    # Whether the owner's list of buckets has the guest's bucket.
    owner_sees_guest_bucket: bool = True
    # Whether it keeps lifecycle rules that only abort uploads.
    keeps_abort_rules: bool = True
    # Whether an upload outlives a later PutObject to its key.
    upload_outlives_put: bool = True


CEPH = Expectations(
    provider="ceph",
    refused=TOO_LONG | NO_NUL,
    # Buckets belong to the user who made them, and only those are listed.
    owner_sees_guest_bucket=False,
)

GARAGE = Expectations(
    provider="garage",
    # It takes any key, 1,025 bytes and NUL included.
    renamed={"/lead": "lead"},
    # PutObject ends the older unfinished uploads of its key.
    upload_outlives_put=False,
)

SEAWEEDFS = Expectations(
    provider="seaweedfs",
    refused=NO_SUCH_PATHS | TOO_LONG | NO_NUL,
    renamed={"/lead": "lead", "a//b": "a/b", "back\\slash": "back/slash"},
    # Characters that XML forbids are lost in the listing, with any encoding-type.
    mangled={
        "ctl\x01x": "ctl\ufffdx",
        "esc\x1b[31mred": "esc\ufffd[31mred",
        "non-\ufffe-character": "non-\ufffd-character",
    },
)

MINIO = Expectations(
    provider="minio",
    refused=NO_SUCH_PATHS | TOO_LONG | NO_NUL | {"a//b": "an empty path element", "trail/": "an empty path element"},
    partless={keys.LONG_IN_ONE_PIECE: "a path element is a file name: 255 bytes at most"},
    renamed={"/lead": "lead"},
    lists_url_encoded=True,
    # Listed from the memory of the process: a restart empties it.
    listing="unproven",
    keeps_abort_rules=False,
)

BY_STORE = {"ceph": CEPH, "garage": GARAGE, "seaweedfs": SEAWEEDFS, "minio": MINIO}
