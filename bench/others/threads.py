"""What one makes of the classic script when it is too slow: boto3 with 64 threads.

`threads.py list|size|abort [BUCKET]`. Prints what it did as JSON.
"""

import concurrent.futures
import json
import sys

import boto3
from botocore.config import Config

THREADS = 64


def main(act, buckets):
    s3 = boto3.client("s3", config=Config(max_pool_connections=THREADS))
    if not buckets:
        buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]

    def uploads_of(bucket):
        found = []
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for upload in page.get("Uploads", []):
                found.append({"Bucket": bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]})
        return found

    def work(names):
        if act == "abort":
            s3.abort_multipart_upload(**names)
        if act != "size":
            return 0
        pages = s3.get_paginator("list_parts").paginate(**names)
        return sum(part["Size"] for parts in pages for part in parts.get("Parts", []))

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        uploads = [names for found in pool.map(uploads_of, buckets) for names in found]
        done = {"uploads": len(uploads), "bytes": sum(pool.map(work, uploads)) if act != "list" else 0}
    print(json.dumps(done))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
