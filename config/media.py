"""Public pictures of garments, from whichever store holds them."""

import mimetypes
from posixpath import normpath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

LONGEST_NAME = 255
"""Bytes that a file system takes."""
NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError)
"""Absent, a folder, below a file, a null character."""


@require_safe
@cache_control(public=True, max_age=86_400)
def media(request: HttpRequest, path: str) -> FileResponse:
    """Stream one public file. The private store is a different one and is out of reach from here.

    What merchants have sent and nobody has decoded yet lies beside the pictures, and is not public.
    """
    if normpath(path).startswith("uploads/") or len(path.encode()) > LONGEST_NAME:
        raise Http404(_("There is no such picture."))
    try:
        file = default_storage.open(path)
    except NO_FILE as error:
        raise Http404(_("There is no such picture.")) from error
    content_type, _encoding = mimetypes.guess_type(path)
    return FileResponse(file, content_type=content_type or "application/octet-stream")
