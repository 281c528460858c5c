"""What designers choose for a lookbook."""

from typing import Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from .models import Garment, Lookbook
from .selectors.wearers import wearers

READY = Garment.objects.filter(status=Garment.Status.SUCCEEDED)


def samples() -> list[tuple[str, str]]:
    return [(wearer.key, wearer.name) for wearer in wearers()]


class LookbookForm(forms.Form):
    name = forms.CharField(label=capfirst(_("name")), max_length=120)
    garments = forms.ModelMultipleChoiceField(READY, required=False, label=capfirst(_("garments")))
    samples = forms.MultipleChoiceField(choices=samples, required=False, label=_("Who wears it"))


class VariationForm(forms.Form):
    """One garment in another colour, with a print, or both."""

    garment = forms.ModelChoiceField(READY, empty_label=None, label=capfirst(_("garment")))
    recolour = forms.BooleanField(required=False, label=capfirst(_("another colour")))
    colour = forms.CharField(
        required=False,
        label=capfirst(_("colour")),
        widget=forms.TextInput(attrs={"type": "color"}),
        initial="#1f4e79",
    )
    motif = forms.FileField(
        required=False,
        label=capfirst(_("print (white is no ink)")),
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    repeat = forms.BooleanField(required=False, label=capfirst(_("all over, not once")))

    def __init__(self, data: Any = None, files: Any = None, *, lookbook: Lookbook) -> None:
        super().__init__(data, files, label_suffix="")
        field = cast(forms.ModelChoiceField, self.fields["garment"])
        field.queryset = READY.filter(pk__in=lookbook.looks.values("garment"))

    def look(self) -> dict[str, Any]:
        """What `look_add` takes."""
        data = self.cleaned_data
        return {
            "garment": data["garment"],
            "colour": data["colour"] if data["recolour"] else "",
            "motif": data["motif"].read() if data["motif"] else b"",
            "repeat": data["repeat"],
        }
