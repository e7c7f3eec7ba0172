"""The suite's own look at a server: every page of uploads and parts, read leniently.

Deliberately nothing of the program's: another language, another reader, another pager.
An XML parser is of no use here, for servers send characters that XML forbids.
"""

import re
import urllib.parse

NAMED = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "amp": "&"}

# Far more pages than anything the suite makes: ends a pager that a server leads in circles.
MOST_PAGES = 200


def unescape(text):
    """Resolves XML's character references in one pass, those of forbidden characters too."""

    def resolve(match):
        name = match.group(1)
        if name.startswith(("#x", "#X")):
            return chr(int(name[2:], 16))
        if name.startswith("#"):
            return chr(int(name[1:]))
        return NAMED[name]

    return re.sub(r"&(#[xX][0-9a-fA-F]+|#[0-9]+|lt|gt|quot|apos|amp);", resolve, text)


def text_of(element, xml):
    """Returns the text of the first `element`, `""` if it is empty, `None` if it is not there."""
    found = re.search(rf"<{element}(?:\s[^>]*)?>(.*?)</{element}>", xml, re.DOTALL)
    if found:
        return unescape(found.group(1))
    return "" if f"<{element}/>" in xml else None


def list_uploads(client, bucket, url_encoded=False, **query):
    """Yields each unfinished upload of a bucket as a dict of the elements' texts.

    `url_encoded` asks with `encoding-type=url` and undoes it as forms do (`+` is a space).
    """
    asked = {"uploads": "", **query}
    if url_encoded:
        asked["encoding-type"] = "url"
    for page in _pages(
        client, bucket, "", asked, ("NextKeyMarker", "key-marker"), ("NextUploadIdMarker", "upload-id-marker")
    ):
        for xml in re.findall(r"<Upload>(.*?)</Upload>", page, re.DOTALL):
            upload = {name: text_of(name, xml) for name in ("Key", "UploadId", "Initiated", "StorageClass")}
            for person in ("Owner", "Initiator"):
                upload[person] = text_of("ID", text_of(person, xml) or "")
            if url_encoded:
                upload["Key"] = urllib.parse.unquote_plus(upload["Key"])
            yield upload


def list_parts(client, bucket, key, upload_id):
    """Returns part number → size in bytes; raises `LookupError` if the server says there is no such upload."""
    sizes = {}
    for page in _pages(client, bucket, key, {"uploadId": upload_id}, ("NextPartNumberMarker", "part-number-marker")):
        for xml in re.findall(r"<Part>(.*?)</Part>", page, re.DOTALL):
            sizes[int(text_of("PartNumber", xml))] = int(text_of("Size", xml))
    return sizes


def _pages(client, bucket, key, query, *markers):
    query = dict(query)
    for _ in range(MOST_PAGES):
        answer = client.send("GET", bucket, key, query)
        if answer.status == 404:
            raise LookupError(f"{bucket}/{key!r}: {answer}")
        if answer.status != 200:
            raise RuntimeError(f"could not list {bucket}/{key!r}: {answer}")
        page = answer.body.decode()
        yield page
        if text_of("IsTruncated", page) != "true":
            return
        for element, parameter in markers:
            value = text_of(element, page)
            if value:
                query[parameter] = value
            else:
                query.pop(parameter, None)
    raise RuntimeError(f"more than {MOST_PAGES} pages of {bucket}/{key!r}")


def take_inventory(client, buckets, url_encoded, sent_keys):
    """Returns (bucket, key, upload id) → (parts, bytes), as the server itself shows it.

    `sent_keys` has the true keys of uploads (by id) whose listed key leads nowhere.
    """
    found = {}
    for bucket in buckets:
        for upload in list_uploads(client, bucket, url_encoded):
            key = sent_keys.get(upload["UploadId"], upload["Key"])
            sizes = list_parts(client, bucket, key, upload["UploadId"])
            found[bucket, upload["Key"], upload["UploadId"]] = (len(sizes), sum(sizes.values()))
    return found
