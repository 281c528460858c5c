"""A shopper's own try-ons as pages. They need no script; the dialog on product pages uses the REST API."""

import logging
from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from tryon.errors import TryOnError, message_for
from tryon.identity import shopper_for_request
from tryon.ledger import LedgerDownError
from tryon.models import Consent, ErasureReceipt, Photo, TryOnJob
from tryon.selectors.consents import consents_active
from tryon.selectors.jobs import job_get, jobs_of
from tryon.selectors.photos import photo_get, photos_of
from tryon.selectors.samples import samples_of
from tryon.services.consents import consent_give, consent_withdraw
from tryon.services.jobs import job_erase
from tryon.services.photos import photo_erase
from tryon.services.shoppers import shopper_erase

logger = logging.getLogger(__name__)


@never_cache
@require_safe
@ensure_csrf_cookie
def tryon_list(request: HttpRequest) -> HttpResponse:
    """All try-ons and photos of the visitor with their expiry, and the consent behind them."""
    shopper = shopper_for_request(request)
    consents = consents_active(shopper=shopper)
    context = {
        "shopper": shopper,
        "jobs": jobs_of(shopper=shopper).prefetch_related("items__garment"),
        "photos": photos_of(shopper=shopper),
        "consent": consents.filter(purpose=Consent.Purpose.TRYON).first(),
        "training": consents.filter(purpose=Consent.Purpose.TRAINING).first(),
        "samples": samples_of(shopper=shopper).count(),
        "version": settings.TRYON["CONSENT_VERSION"],
    }
    return render(request, "tryon/list.html", context)


@never_cache
@require_safe
@ensure_csrf_cookie
def tryon_detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One try-on: its picture beside the photo, or where it stands."""
    return render(request, "tryon/detail.html", {"job": _job_or_404(request, pk)})


@require_POST
def tryon_delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Forget one try-on and erase its picture."""
    job = _job_or_404(request, pk)
    erase = partial(job_erase, job=job, reason=ErasureReceipt.Reason.REQUESTED)
    return _erase(request, erase, _("The try-on is deleted."))


@require_POST
def photo_delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Erase one photo and every picture made from it."""
    photo = _photo_or_404(request, pk)
    erase = partial(photo_erase, photo=photo, reason=ErasureReceipt.Reason.REQUESTED)
    return _erase(request, erase, _("Your photo and the pictures made from it are deleted."))


@require_POST
def consent_end(request: HttpRequest) -> HttpResponse:
    """Take back the consent to try-ons; waiting work stops and the photos go."""
    shopper = shopper_for_request(request)
    if shopper is None:
        return redirect("tryon:list")
    withdraw = partial(consent_withdraw, shopper=shopper, purpose=Consent.Purpose.TRYON)
    return _erase(request, withdraw, _("Your consent is withdrawn and your photos are deleted."))


@require_POST
def training_agree(request: HttpRequest) -> HttpResponse:
    """Agree to training, apart from the try-on and never in advance: the box comes unticked."""
    shopper = shopper_for_request(request)
    if shopper is None:
        return redirect("tryon:list")
    try:
        if "agree" not in request.POST:
            raise TryOnError("consent_required")
        version = request.POST.get("version", "")
        consent_give(shopper=shopper, purpose=Consent.Purpose.TRAINING, version=version)
    except TryOnError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Thank you. You can take this back here at any time."))
    return redirect("tryon:list")


@require_POST
def training_end(request: HttpRequest) -> HttpResponse:
    """Take back the consent to training; what was made for it goes, photos and try-ons stay."""
    shopper = shopper_for_request(request)
    if shopper is None:
        return redirect("tryon:list")
    withdraw = partial(consent_withdraw, shopper=shopper, purpose=Consent.Purpose.TRAINING)
    return _erase(
        request, withdraw, _("We no longer learn from your photos. What was made for it is deleted.")
    )


@require_POST
def shopper_end(request: HttpRequest) -> HttpResponse:
    """Erase every photo, picture, try-on and consent of the visitor; an account and its orders stay."""
    shopper = shopper_for_request(request)
    if shopper is None:
        return redirect("tryon:list")
    return _erase(request, partial(shopper_erase, shopper=shopper), _("Everything is deleted."))


def _erase(request: HttpRequest, erase: Callable[[], object], done: str) -> HttpResponse:
    """Erase, say whether it is done, and show what is left."""
    try:
        erase()
    except LedgerDownError:
        logger.exception("The ledger takes no entry, so nothing is erased.")
        messages.error(request, str(message_for("erasure_failed")))
    else:
        messages.success(request, done)
    return redirect("tryon:list")


def _job_or_404(request: HttpRequest, pk: UUID) -> TryOnJob:
    try:
        return job_get(shopper=shopper_for_request(request), job_id=pk)
    except TryOnError as error:
        raise Http404(error.message) from error


def _photo_or_404(request: HttpRequest, pk: UUID) -> Photo:
    try:
        return photo_get(shopper=shopper_for_request(request), photo_id=pk)
    except TryOnError as error:
        raise Http404(error.message) from error
