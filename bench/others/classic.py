"""The clean-up script that one finds everywhere, on boto3: one page, one upload, one request after the other.

`classic.py list|size|abort [BUCKET]`; it asks nothing. Prints what it did as JSON.
"""

import json
import sys

import boto3


def main(act, buckets):
    s3 = boto3.client("s3")
    if not buckets:
        buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    done = {"uploads": 0, "bytes": 0}
    for bucket in buckets:
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket)
        for page in pages:
            for upload in page.get("Uploads", []):
                names = {"Bucket": bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
                if act == "size":
                    for parts in s3.get_paginator("list_parts").paginate(**names):
                        done["bytes"] += sum(part["Size"] for part in parts.get("Parts", []))
                if act == "abort":
                    s3.abort_multipart_upload(**names)
                done["uploads"] += 1
    print(json.dumps(done))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
