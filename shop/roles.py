"""The roles of the shop's staff: the one place that says which permissions each has.

A role is a group. Its permissions are set anew after every migration, so a group of one's own is the place
for others.
"""

MERCHANT, TRAINER, PRIVACY_OFFICER = "merchant", "trainer", "privacy officer"
ROLES: dict[str, tuple[str, ...]] = {
    # Goods, and nothing about people: neither accounts, orders, photos nor try-ons.
    MERCHANT: (
        *(
            f"shop.{verb}_{model}"
            for model in ("category", "product", "productcolour", "productvariant")
            for verb in ("view", "add", "change", "delete")
        ),
        *(f"tryon.{verb}_garment" for verb in ("view", "add", "change", "delete")),
        *(f"tryon.{verb}_garmentimport" for verb in ("view", "add", "change", "delete")),
        *(f"tryon.{verb}_lookbook" for verb in ("view", "add", "change", "delete")),
        *(f"tryon.{verb}_trainingsample" for verb in ("view", "add")),
    ),
    # Models and what they learn from: anonymised samples and garments, never a shopper's photo.
    TRAINER: (
        "tryon.view_garment",
        *(f"tryon.{verb}_modelversion" for verb in ("view", "promote")),
        *(f"tryon.{verb}_trainingrun" for verb in ("view", "add", "change")),
        "tryon.view_trainingsample",
    ),
    # Whose data lies where, and erasing it: no picture is shown to anybody.
    PRIVACY_OFFICER: (
        "shop.view_user",
        "shop.delete_user",
        "tryon.view_shopper",
        "tryon.delete_shopper",
        *(
            f"tryon.view_{model}"
            for model in ("consent", "photo", "tryonjob", "sealedobject", "pendingdeletion", "erasurereceipt")
        ),
        "tryon.view_trainingsample",
        "tryon.delete_trainingsample",
    ),
}
"""By role: permissions as app_label.codename."""
