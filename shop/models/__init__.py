"""The storefront's rows. Writes go through `shop.services`, reads through `shop.selectors`."""

from .user import User

__all__ = ["User"]
