"""Receiving what a merchant sends to add many garments."""

from typing import IO, Any, cast

from django import forms
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    MemoryFileUploadHandler,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .errors import TryOnError
from .import_files import MOST_BYTES, Planned, pack, plan_addresses, plan_archive, plan_pictures
from .models import Garment, GarmentImportItem
from .services.garment_imports import Choice

FRAME_BYTES = 1024 * 1024
"""What a request may hold besides the files."""


class BoundedUpload(FileUploadHandler):
    """Raises RequestDataTooBig beyond `MOST_BYTES`."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *rest: Any) -> None:  # noqa: N803
        self._left = MOST_BYTES + FRAME_BYTES
        if content_length > self._left:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self._left -= len(raw_data)
        if self._left < 0:
            raise RequestDataTooBig
        return super().receive_data_chunk(raw_data, start)


class ImportUploadHandler(BoundedUpload, TemporaryFileUploadHandler):
    """Lets pictures of goods, unlike photos of people, lie in a temporary file while they are received."""


class PhotosUploadHandler(BoundedUpload, MemoryFileUploadHandler):
    """Keeps photos of people in memory, so that none is written to a temporary file in the clear."""

    def handle_raw_input(self, *received: Any) -> None:
        super().handle_raw_input(*received)
        self.activated = True


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files if file]


class ImportForm(forms.Form):
    """Pictures, or one ZIP file, or addresses. Cleaned, it holds `rows` and `archive` for the service."""

    pictures = FilesField(
        required=False,
        label=_("Pictures, or one ZIP file"),
        widget=FilesInput(attrs={"accept": "image/*,.zip,.heic,.avif", "data-import-input": ""}),
    )
    addresses = forms.CharField(
        required=False,
        label=_("Addresses of pictures"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        files, addresses = data.get("pictures") or [], data.get("addresses") or ""
        try:
            data["archive"], data["rows"] = planned(files, addresses)
        except TryOnError as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error
        return data


def planned(files: list[UploadedFile], addresses: str) -> tuple[IO[bytes] | None, list[Planned]]:
    """The archive, if there is one, and what is to come. Raises TryOnError."""
    zipped = [file for file in files if (file.name or "").lower().endswith(".zip")]
    if bool(zipped) + (len(zipped) < len(files)) + bool(addresses.strip()) > 1 or len(zipped) > 1:
        raise TryOnError("import_mixed")
    if zipped:
        archive = cast(IO[bytes], zipped[0].file)
        return archive, plan_archive(archive)
    if files:
        archive, names = pack(files)
        return archive, plan_pictures(names)
    return None, plan_addresses(addresses)


class ItemForm(forms.Form):
    """What the merchant says of one picture."""

    chosen = forms.BooleanField(
        required=False, widget=forms.CheckboxInput(attrs={"aria-label": _("add this garment")})
    )
    name = forms.CharField(required=False, label=capfirst(_("name")))
    sku = forms.CharField(required=False, label=capfirst(_("article number")))
    category = forms.ChoiceField(
        required=False, choices=Garment.Category.choices, label=capfirst(_("category"))
    )
    outer = forms.BooleanField(required=False, label=capfirst(_("outer garment")))

    def choice(self) -> Choice | None:
        """None if it is not to be added."""
        data = self.cleaned_data if self.is_valid() else {}
        if not data.get("chosen"):
            return None
        return Choice(data["name"], data["sku"], data["category"], data["outer"])


def item_form(item: GarmentImportItem, request: HttpRequest | None = None) -> ItemForm:
    """The form of an item, filled by a request or as it is planned."""
    initial = {
        "chosen": True,
        "name": item.name,
        "sku": item.sku,
        "category": item.category,
        "outer": item.outer,
    }
    data = request.POST if request else None
    return ItemForm(data, initial=initial, prefix=f"item-{item.position}", label_suffix="")
