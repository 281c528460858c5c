from django.urls import path
from django.views.generic import TemplateView

from shop.views import cart, catalogue, orders

app_name = "shop"

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("products/", catalogue.product_list, name="products"),
    path("products/<slug:slug>/", catalogue.product_detail, name="product"),
    path("opened/", catalogue.product_opened, name="opened"),
    path("categories/<slug:slug>/", catalogue.product_list, name="category"),
    path("garments/<uuid:garment_id>/", catalogue.garment_product, name="garment"),
    path("cart/", cart.cart_detail, name="cart"),
    path("cart/add/", cart.cart_add, name="cart-add"),
    path("cart/lines/<int:pk>/", cart.cart_change, name="cart-change"),
    path("checkout/", orders.checkout, name="checkout"),
    path("orders/", orders.order_list, name="orders"),
    path("orders/<uuid:pk>/", orders.order_detail, name="order"),
    path("privacy/", TemplateView.as_view(template_name="shop/privacy.html"), name="privacy"),
]
