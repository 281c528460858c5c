"""Passwords that anybody would try first in this very shop."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

WORDS = re.compile("atelier|try-?on|fitting-?room|shopper|wardrobe|garment")
LEAST_REST = 6
"""Characters besides such words that make a password none of the shop's."""


class ShopWordsValidator:
    """Refuses passwords that are little more than words of the shop (OWASP ASVS 5.0, 6.2.11)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError `password_of_shop`."""
        rest, found = WORDS.subn("", password.lower())
        if found and len(rest) < LEAST_REST:
            raise ValidationError(self.get_help_text(), code="password_of_shop")

    def get_help_text(self) -> str:
        """What Django shows below a field for a new password."""
        return _("Your password can't be little more than a word of this shop.")
