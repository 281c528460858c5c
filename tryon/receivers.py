"""What follows from what others do."""

from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.models import AbstractBaseUser
from django.dispatch import receiver

from tryon.selectors.tokens import tokens_of


@receiver([password_changed, password_reset])
def revoke_tokens(user: AbstractBaseUser, **_kwargs: Any) -> None:
    """Whoever changes their password may have lost it: tokens end with it, as sessions do."""
    tokens_of(user=user).delete()
