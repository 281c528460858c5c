"""Object storage behind Django's storage interface."""

import os
from collections.abc import Iterator
from urllib.parse import urljoin

from botocore.config import Config
from botocore.exceptions import ClientError
from django.core.files.storage import Storage, storages
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage
from storages.utils import clean_name


class BucketStore(S3Storage):
    """A bucket nobody reads directly: public pictures are served under `base_url` by the web process,
    and a store without `base_url` has no addresses at all."""

    def __init__(self, *, base_url: str | None, **settings: object) -> None:
        self.base_url = base_url
        # Look-alikes of S3 do not all know the newer checksum headers.
        config = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
            signature_version="s3v4",
        )
        super().__init__(client_config=config, file_overwrite=False, default_acl=None, **settings)

    def delete(self, name: str) -> None:
        """Delete the object. Where the bucket keeps versions, all of them: erased means erased."""
        if self._keeps_versions():
            key = self._normalize_name(clean_name(name))
            for version in self.bucket.object_versions.filter(Prefix=key):
                if version.object_key == key:
                    version.delete()
        else:
            super().delete(name)

    def old_versions(self) -> Iterator[str]:
        """Names of objects of which the bucket keeps something besides what `open` reads; some repeatedly."""
        if self._keeps_versions():
            for version in self.bucket.object_versions.all():
                if not version.is_latest or version.size is None:  # A marker of a deletion has no size.
                    yield version.object_key

    def _keeps_versions(self) -> bool:
        try:
            return self.connection.BucketVersioning(self.bucket_name).status is not None
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NotImplemented", "MethodNotAllowed"):
                return False
            raise

    def url(self, name: str, *_args: object, **_kwargs: object) -> str:
        """The address of a public file. Raises ValueError for the private store."""
        if self.base_url is None:
            raise ValueError("This store's files have no address.")
        return urljoin(self.base_url, filepath_to_uri(name))


def create_buckets(*stores: Storage) -> None:
    """Create the buckets of `stores` that do not exist yet; folders need nothing. Safe to run again."""
    for store in stores:
        if not isinstance(store, BucketStore):
            continue
        client = store.connection.meta.client
        try:
            client.head_bucket(Bucket=store.bucket_name)
        except ClientError:
            client.create_bucket(Bucket=store.bucket_name)


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    create_buckets(*(storages[kind] for kind in ("default", "private", "ledger", "models")))
