"""What a shopper has agreed to."""

from django.conf import settings
from django.db.models import QuerySet

from tryon.errors import TryOnError
from tryon.models import Consent, Shopper


def consents_active(*, shopper: Shopper | None) -> QuerySet[Consent]:
    """The agreements in force: given to the current version of the text, and not withdrawn."""
    if shopper is None:
        return Consent.objects.none()
    version = settings.TRYON["CONSENT_VERSION"]
    return Consent.objects.filter(shopper=shopper, version=version, withdrawn_at__isnull=True)


def consent_require(*, shopper: Shopper | None, purpose: str = Consent.Purpose.TRYON) -> None:
    """Raises TryOnError `consent_required` unless the shopper agrees to the purpose."""
    if not consents_active(shopper=shopper).filter(purpose=purpose).exists():
        raise TryOnError("consent_required")
