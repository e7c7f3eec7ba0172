"""A raw S3 client: the standard library only, and every key sent byte for byte.

Nothing between a key and the wire may tidy it up: `a/../b`, `a//b` and control
characters must arrive as they are. `http.client` sends a request target as given.
"""

import datetime
import hashlib
import hmac
import http.client
import re
import threading
import urllib.parse

UNRESERVED = "-_.~"

# No single call here is slow: this only keeps a hung server from hanging the suite.
TIMEOUT_SECONDS = 120


def encode_key(key):
    """Percent-encodes a key for a path, as SigV4 wants it; `/` stays, also where it is doubled."""
    return urllib.parse.quote(key, safe=UNRESERVED + "/")


class Answer:
    """A response that was read to its end."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def code(self):
        """The S3 error code in the body, or `None`."""
        found = re.search(rb"<Code>([^<]*)</Code>", self.body)
        return found and found.group(1).decode()

    def __str__(self):
        return f"{self.status} {self.code or ''}".strip()


class Refused(Exception):
    """The server answered something other than what the call needs."""

    def __init__(self, what, answer):
        super().__init__(f"{what}: {answer}")
        self.answer = answer


class Client:
    """Signs with SigV4 and sends, on one kept connection for each thread."""

    def __init__(self, endpoint, region, user):
        self.host = urllib.parse.urlsplit(endpoint).netloc
        self.region = region
        self.user = user
        self._clock_offset = datetime.timedelta()
        self._connections = threading.local()

    def turn_clock(self, days):
        """Signs for a time this many days from now, as a server with a turned clock wants it."""
        self._clock_offset = datetime.timedelta(days=days)

    # -- what the suite asks for ------------------------------------------------------------

    def create_bucket(self, bucket):
        self._expect("create bucket", (200,), self.send("PUT", bucket))

    def list_buckets(self):
        answer = self._expect("list buckets", (200,), self.send("GET"))
        return [name.decode() for name in re.findall(rb"<Name>([^<]*)</Name>", answer.body)]

    def put(self, bucket, key, body):
        self._expect("put", (200,), self.send("PUT", bucket, key, body=body))

    def get(self, bucket, key):
        """Returns the object's bytes, or raises `Refused`."""
        return self._expect("get", (200,), self.send("GET", bucket, key)).body

    def create_upload(self, bucket, key, headers=None):
        answer = self._expect("create upload", (200,), self.send("POST", bucket, key, {"uploads": ""}, headers=headers))
        return re.search(rb"<UploadId>([^<]*)</UploadId>", answer.body).group(1).decode()

    def put_part(self, bucket, key, upload_id, number, body, headers=None):
        """Sends one part and returns its ETag as the server spelled it."""
        query = {"partNumber": str(number), "uploadId": upload_id}
        answer = self._expect("put part", (200,), self.send("PUT", bucket, key, query, body, headers))
        return answer.headers["etag"]

    def complete(self, bucket, key, upload_id, etags):
        """Completes an upload; `etags` are those of parts 1 to N."""
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>" for number, etag in enumerate(etags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        answer = self._expect("complete", (200,), self.send("POST", bucket, key, {"uploadId": upload_id}, body))
        if b"<Error" in answer.body:
            raise Refused("complete", answer)

    def abort(self, bucket, key, upload_id):
        return self.send("DELETE", bucket, key, {"uploadId": upload_id})

    def post_form(self, fields, service):
        """Posts a form to the root of the endpoint, signed for another service than S3."""
        body = urllib.parse.urlencode(fields).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return self._expect(service, (200,), self.send("POST", body=body, headers=headers, service=service))

    # -- the wire ---------------------------------------------------------------------------

    def send(self, method, bucket="", key="", query=None, body=b"", headers=None, service="s3"):
        """Sends one request and returns its `Answer`, whatever the status."""
        path = "/" + urllib.parse.quote(bucket, safe=UNRESERVED)
        if key:
            path += "/" + encode_key(key)
        signed, canonical_query = self._sign(method, path, query or {}, body, headers or {}, service)
        target = f"{path}?{canonical_query}" if canonical_query else path
        try:
            return self._exchange(method, target, signed, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A kept connection that the server has closed meanwhile: once more on a new one.
            return self._exchange(method, target, signed, body)

    def _exchange(self, method, target, headers, body):
        connection = self._connection()
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.putheader("content-length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except BaseException:
            self._drop_connection()
            raise

    def _connection(self):
        if getattr(self._connections, "it", None) is None:
            self._connections.it = http.client.HTTPConnection(self.host, timeout=TIMEOUT_SECONDS)
        return self._connections.it

    def _drop_connection(self):
        if getattr(self._connections, "it", None) is not None:
            self._connections.it.close()
            self._connections.it = None

    def _sign(self, method, path, query, body, headers, service):
        """Returns the headers to send, signed, and the query string in its canonical spelling."""
        now = datetime.datetime.now(datetime.timezone.utc) + self._clock_offset
        moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        digest = hashlib.sha256(body).hexdigest()
        signed = {"host": self.host, "x-amz-content-sha256": digest, "x-amz-date": moment, **headers}
        if self.user.session_token:
            signed["x-amz-security-token"] = self.user.session_token
        names = ";".join(sorted(signed))
        canonical_query = "&".join(
            f"{urllib.parse.quote(name, safe=UNRESERVED)}={urllib.parse.quote(value, safe=UNRESERVED)}"
            for name, value in sorted(query.items())
        )
        canonical_headers = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        request = "\n".join([method, path, canonical_query, canonical_headers, names, digest])
        scope = f"{day}/{self.region}/{service}/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashed])
        secret = ("AWS4" + self.user.secret_key).encode()
        for word in (day, self.region, service, "aws4_request"):
            secret = hmac.digest(secret, word.encode(), "sha256")
        signature = hmac.digest(secret, to_sign.encode(), "sha256").hex()
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.user.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return signed, canonical_query

    @staticmethod
    def _expect(what, statuses, answer):
        if answer.status not in statuses:
            raise Refused(what, answer)
        return answer
