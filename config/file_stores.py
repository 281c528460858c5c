"""Where files lie: folders of this machine, or buckets of an object store."""

from pathlib import Path
from typing import Any

import environ

FOLDERS = {
    "public": "django.core.files.storage.FileSystemStorage",
    "private": "django.core.files.storage.FileSystemStorage",
    "ledger": "config.durable_files.DurableFileStore",
    "models": "config.durable_files.DurableFileStore",
}


def file_store(env: environ.Env, root: Path, *, kind: str, base_url: str | None) -> dict[str, Any]:
    """One entry of STORAGES: `kind`, of FOLDERS, names its folder in `root` or its bucket.

    Without S3_ENDPOINT_URL it is a folder. Raises ImproperlyConfigured for a bucket without name or keys.
    """
    endpoint = env("S3_ENDPOINT_URL", default="")
    if not endpoint:
        options = {"location": root / kind, "base_url": base_url}
        return {"BACKEND": FOLDERS[kind], "OPTIONS": options}
    return {
        "BACKEND": "config.stores.BucketStore",
        "OPTIONS": {
            "bucket_name": env(f"S3_{kind.upper()}_BUCKET"),
            "endpoint_url": endpoint,
            "access_key": env("S3_ACCESS_KEY_ID"),
            "secret_key": env("S3_SECRET_ACCESS_KEY"),
            "region_name": env("S3_REGION", default="us-east-1"),
            "base_url": base_url,
        },
    }
