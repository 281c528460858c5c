"""The storefront's rows. Writes go through `shop.services`, reads through `shop.selectors`."""

from .cart import Cart, CartLine
from .catalogue import Category, Product, ProductColour, ProductVariant
from .exposure import ExposureDay
from .order import Order, OrderLine
from .user import User

__all__ = [
    "Cart",
    "CartLine",
    "Category",
    "ExposureDay",
    "Order",
    "OrderLine",
    "Product",
    "ProductColour",
    "ProductVariant",
    "User",
]
