"""The end of an account, with everything that any app keeps about it."""

from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.models import Session
from django.db import transaction
from knox.models import AuthToken

from tryon.ledger import Kind
from tryon.models import ErasureReceipt, Shopper
from tryon.personal_data import HOLDERS
from tryon.pseudonyms import account_pseudonym
from tryon.throttle_keys import throttles_forget

from .erasures import erasure_record
from .shoppers import shopper_erase


class AccountErased(NamedTuple):
    """The receipts of the pictures, and how many rows of other kinds went or were changed."""

    receipts: list[ErasureReceipt]
    rows: dict[str, int]


@transaction.atomic
def account_erase(*, user: AbstractBaseUser, reason: str = ErasureReceipt.Reason.ACCOUNT) -> AccountErased:
    """Erase the account: photos, pictures, try-ons, consents, sessions, tokens, what other apps hold, login.

    What the law makes a shop keep, such as orders, stays without the account (`tryon.personal_data`).
    Idempotent.
    """
    user_id = user.pk
    locked = get_user_model()._default_manager.select_for_update().filter(pk=user_id).first()
    if locked is None:
        return AccountErased([], {})
    shopper = Shopper.objects.filter(user_id=user_id).first()
    receipts = shopper_erase(shopper=shopper, reason=reason) if shopper else []
    rows = {holder.name: holder.erase(locked) for holder in HOLDERS.values()}
    rows["tokens"] = AuthToken.objects.filter(user_id=user_id).delete()[0]
    rows["sessions"] = sessions_end(user_id=user_id)
    locked.delete()
    erasure_record(kind=Kind.ACCOUNT, owner=account_pseudonym(user_id), reason=reason)
    transaction.on_commit(lambda: throttles_forget(user_id=user_id))
    return AccountErased(receipts, rows)


def sessions_end(*, user_id: object) -> int:
    """End every session of the account; returns how many. Sessions name their account inside alone."""
    keys = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(user_id)
    ]
    return Session.objects.filter(session_key__in=keys).delete()[0]
