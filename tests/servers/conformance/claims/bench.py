"""What the probes share: a started server, buckets of their own, and a page of uploads as it came."""

import base64
import concurrent.futures
import dataclasses
import datetime
import hashlib
import re

from .. import listing
from ..client import Client


# Parts that are sent at a time: more don't make a server on the same machine any quicker.
SENDERS = 8


@dataclasses.dataclass(frozen=True)
class Page:
    """One answer to ListMultipartUploads."""

    xml: str

    @property
    def uploads(self):
        return re.findall(r"<Upload>(.*?)</Upload>", self.xml, re.DOTALL)

    @property
    def keys(self):
        return [listing.text_of("Key", upload) for upload in self.uploads]

    @property
    def ids(self):
        return [listing.text_of("UploadId", upload) for upload in self.uploads]

    @property
    def names(self):
        return list(zip(self.keys, self.ids, strict=True))

    @property
    def is_truncated(self):
        return listing.text_of("IsTruncated", self.xml) == "true"

    @property
    def rest(self):
        """The page without its uploads."""
        return re.sub(r"<Upload>.*?</Upload>", "", self.xml, flags=re.DOTALL)

    def text_of(self, element):
        """Returns an element's text outside of the uploads, `None` if it is not there."""
        return listing.text_of(element, self.rest)


class Bench:
    """A started server whose owner and guest are known. Nothing else uses the buckets of a probe."""

    def __init__(self, store):
        self.store = store
        self.owner = store.client(store.owner)
        self.guest = store.client(store.guest)
        self._buckets = 0
        # What was done once for several probes, by name.
        self._once = {}

    def bucket(self):
        """Makes a bucket that nothing else uses, and returns its name."""
        self._buckets += 1
        name = f"claims-{self._buckets}"
        self.owner.create_bucket(name)
        return name

    def once(self, do):
        """Returns what `do(bench)` returned the first time: probes of one race share it."""
        if do not in self._once:
            self._once[do] = do(self)
        return self._once[do]

    def client_of_region(self, region):
        return Client(self.store.endpoint, region, self.store.owner)

    def upload(self, bucket, key, sizes=(1,)):
        """Begins an upload, sends a part of each size and returns its id."""
        upload_id = self.owner.create_upload(bucket, key)

        def send(part):
            number, size = part
            self.owner.put_part(bucket, key, upload_id, number, b"x" * size)

        with concurrent.futures.ThreadPoolExecutor(SENDERS) as senders:
            list(senders.map(send, enumerate(sizes, 1)))
        return upload_id

    def uploads(self, bucket, keys, sizes=()):
        """Begins an upload for each key, in no order, and returns the ids in that of the keys."""
        with concurrent.futures.ThreadPoolExecutor(SENDERS) as senders:
            return list(senders.map(lambda key: self._upload_alone(bucket, key, sizes), keys))

    def _upload_alone(self, bucket, key, sizes):
        upload_id = self.owner.create_upload(bucket, key)
        for number, size in enumerate(sizes, 1):
            self.owner.put_part(bucket, key, upload_id, number, b"x" * size)
        return upload_id

    def completed(self, bucket, key, body):
        """Makes an object by completing an upload of one part, and returns the upload's id."""
        upload_id = self.owner.create_upload(bucket, key)
        etag = self.owner.put_part(bucket, key, upload_id, 1, body)
        self.owner.complete(bucket, key, upload_id, [etag])
        return upload_id

    def page(self, bucket, client=None, **query):
        """Returns one page of uploads; `_` in a parameter's name stands for `-`."""
        asked = {"uploads": ""} | {name.replace("_", "-"): str(value) for name, value in query.items()}
        answer = (client or self.owner).send("GET", bucket, query=asked)
        expect(answer, 200)
        return Page(answer.body.decode())

    def pages(self, bucket, **query):
        """Returns all pages of uploads, sent back what each said comes next."""
        found = []
        markers = {}
        while True:
            page = self.page(bucket, **query, **markers)
            found.append(page)
            if not page.is_truncated:
                return found
            named = {"key_marker": page.text_of("NextKeyMarker"), "upload_id_marker": page.text_of("NextUploadIdMarker")}
            markers = {name: value for name, value in named.items() if value}
            assert markers and len(found) < 100, f"the pages don't end: {page.rest}"

    def parts(self, bucket, key, upload_id, **query):
        """Returns the answer to ListParts."""
        asked = {"uploadId": upload_id} | {name.replace("_", "-"): str(value) for name, value in query.items()}
        return self.owner.send("GET", bucket, key, asked)

    def has_bucket(self, bucket):
        return self.owner.send("HEAD", bucket).status == 200


def expect(answer, status, code=None):
    """Raises unless the answer has this status and, if one is given, this error code."""
    assert answer.status == status and (code is None or answer.code == code), f"{status} {code or ''} expected, got {answer}"


def same(expected, got, what):
    assert got == expected, f"{what}: {expected!r} expected, got {got!r}"


def is_now(initiated, form):
    """Raises unless a time has this form and is now, in UTC."""
    assert form.fullmatch(initiated), initiated
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(initiated)
    assert abs(age) < datetime.timedelta(minutes=2), f"begun just now, it is {age} old: {initiated}"


def part_numbers(answer):
    """Returns the numbers of the parts in an answer to ListParts, as they came."""
    expect(answer, 200)
    return [int(number) for number in re.findall(rb"<PartNumber>(\d+)</PartNumber>", answer.body)]


def complete_document(etag):
    return f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>".encode()


def rule(body, name="probe"):
    return f"<Rule><ID>{name}</ID><Status>Enabled</Status>{body}</Rule>"


WHOLE_BUCKET = "<Filter><Prefix></Prefix></Filter>"


def abort_after(days):
    return f"<AbortIncompleteMultipartUpload><DaysAfterInitiation>{days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>"


def put_lifecycle(client, bucket, *rules):
    """Sets these rules and returns the answer. MinIO needs a digest, and no other minds one."""
    body = f"<LifecycleConfiguration>{''.join(rules)}</LifecycleConfiguration>".encode()
    digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    return client.send("PUT", bucket, query={"lifecycle": ""}, body=body, headers={"content-md5": digest})


def rules_read(client, bucket):
    """Returns the rules that the server has, each as the XML that it sends."""
    answer = client.send("GET", bucket, query={"lifecycle": ""})
    expect(answer, 200)
    return re.findall(r"<Rule>(.*?)</Rule>", answer.body.decode(), re.DOTALL)


# A moment in UTC with milliseconds, as in `Initiated`.
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
WHOLE_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
