"""How request bodies are received: in memory, and never more than the limit."""

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.utils.datastructures import MultiValueDict

MULTIPART_OVERHEAD = 64 * 1024
"""Bytes a multipart body may hold besides the file: boundaries, headers, small fields."""


class BoundedMemoryUploadHandler(MemoryFileUploadHandler):
    """Keeps an upload in memory, so that no photo is written to a temporary file in the clear.

    Raises RequestDataTooBig, from the announced length already or while reading, beyond
    `TRYON["MAX_UPLOAD_BYTES"]` plus the multipart frame.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, Any],  # noqa: N803  (Django's name)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[Any, MultiValueDict[str, Any]] | None:
        self.received = 0
        self.limit = settings.TRYON["MAX_UPLOAD_BYTES"] + MULTIPART_OVERHEAD
        self._refuse_beyond(content_length)
        self.activated = True
        return None

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        self._refuse_beyond(self.received)
        return super().receive_data_chunk(raw_data, start)

    def _refuse_beyond(self, size: int) -> None:
        if size > self.limit:
            raise RequestDataTooBig(f"The request body is larger than {self.limit} bytes.")
