"""What each role is answered at each address (`tests.access.rows`). A new address needs a row here."""

from shop.roles import MERCHANT, PRIVACY_OFFICER, TRAINER
from tests.access.rows import Row, only

ALL = "200 200 200 200 200"
SENT_ON = "302 302 302 302 302"
OWNER_SEES = "404 404 200 404 404"
OWNER_DOES = "404 404 302 404 404"
ACCOUNTS = "302 200 200 200 200"
ENROLLED = "302 404 302 404 404"
"""Only the owner has an authenticator; what it protects asks for the password or a code once more."""
SAMPLES_SEEN = [MERCHANT, TRAINER, PRIVACY_OFFICER]
TRAINERS = {"trainer": "200"}
VISITORS = "200 302 302 302 302"

ROWS: dict[str, list[Row]] = {
    # Pages of the shop
    "shop:home": [Row(ALL)],
    "shop:products": [Row(ALL)],
    "shop:product": [Row(ALL, args={"slug": "product.slug"})],
    "shop:opened": [Row("204 204 204 204 204", "POST")],
    "shop:category": [Row(ALL, args={"slug": "category.slug"})],
    "shop:garment": [Row(SENT_ON, args={"garment_id": "garment.pk"})],
    "shop:cart": [Row(ALL)],
    "shop:cart-add": [Row(SENT_ON, "POST", body={"variant": "variant.pk"})],
    "shop:cart-change": [Row(OWNER_DOES, "POST", {"pk": "line.pk"}, {"quantity": "0"})],
    "shop:checkout": [Row("302 302 200 302 302")],
    "shop:orders": [Row(ACCOUNTS)],
    "shop:order": [Row(OWNER_SEES, args={"pk": "order.pk"})],
    "shop:privacy": [Row(ALL)],
    # Pages of try-ons
    "tryon:list": [Row(ALL)],
    "tryon:detail": [Row(OWNER_SEES, args={"pk": "job.pk"})],
    "tryon:delete": [Row(OWNER_DOES, "POST", {"pk": "job.pk"})],
    "tryon:photo-delete": [Row(OWNER_DOES, "POST", {"pk": "photo.pk"})],
    "tryon:consent-withdraw": [Row(SENT_ON, "POST")],
    "tryon:training-agree": [Row(SENT_ON, "POST", body={"agree": "on", "version": "2026-11"})],
    "tryon:training-withdraw": [Row(SENT_ON, "POST")],
    "tryon:erase": [Row(SENT_ON, "POST")],
    # Accounts
    "account_login": [Row(VISITORS)],
    "account_logout": [Row(ACCOUNTS)],
    "account_inactive": [Row(ALL)],
    "account_signup": [Row(VISITORS)],
    "account_reauthenticate": [Row(ACCOUNTS)],
    "account_email": [Row(ACCOUNTS)],
    "account_email_verification_sent": [Row(ALL)],
    "account_change_password": [Row(ACCOUNTS)],
    "account_set_password": [Row(SENT_ON)],
    "account_reset_password": [Row(ALL)],
    "account_confirm_login_code": [Row(SENT_ON)],
    "account_confirm_email": [Row(ALL, args={"key": "none"})],
    "account_reset_password_from_key_done": [Row(ALL)],
    "account_reset_password_from_key": [Row(ALL, args={"uidb36": "1", "key": "none"})],
    "account_reset_password_done": [Row(ALL)],
    "mfa_index": [Row(ACCOUNTS)],
    "mfa_authenticate": [Row(SENT_ON)],
    "mfa_reauthenticate": [Row("302 302 200 302 302")],
    "mfa_activate_totp": [Row(SENT_ON)],
    "mfa_deactivate_totp": [Row(ENROLLED)],
    "mfa_view_recovery_codes": [Row(ENROLLED)],
    "mfa_generate_recovery_codes": [Row(SENT_ON)],
    "mfa_download_recovery_codes": [Row(ENROLLED)],
    # API
    "api:consents": [Row(ALL)],
    "api:consent": [Row("404 204 204 404 404", "DELETE", {"purpose": "tryon"})],
    "api:photos": [Row(ALL), Row("415 415 415 415 415", "POST")],
    "api:photo": [
        Row(OWNER_SEES, args={"photo_id": "photo.pk"}),
        Row(OWNER_SEES, "DELETE", {"photo_id": "photo.pk"}),
    ],
    "api:photo-image": [Row(OWNER_SEES, args={"photo_id": "photo.pk"})],
    "api:garments": [Row(ALL), Row("403 403 403 403 415", "POST", roles={"merchant": "415"})],
    "api:garment": [
        Row(ALL, args={"garment_id": "garment.pk"}),
        Row("403 403 403 403 415", "PATCH", args={"garment_id": "garment.pk"}, roles={"merchant": "415"}),
    ],
    "api:tryons": [Row(ALL), Row("400 400 400 400 400", "POST")],
    "api:tryon": [
        Row(OWNER_SEES, args={"job_id": "job.pk"}),
        Row(OWNER_SEES, "DELETE", {"job_id": "job.pk"}),
    ],
    "api:tryon-result": [Row(OWNER_SEES, args={"job_id": "job.pk"})],
    "api:tryon-cancel": [Row(OWNER_SEES, "POST", {"job_id": "job.pk"})],
    "api:garment-previews": [
        only([MERCHANT, TRAINER], garment_id="garment.pk"),
        only([MERCHANT], "202", "POST", garment_id="garment.pk", others={TRAINER: "403"}),
    ],
    "api:garment-outline": [
        only([MERCHANT, TRAINER], garment_id="garment.pk"),
        only([MERCHANT], "415", "POST", garment_id="garment.pk", others={TRAINER: "403"}),
    ],
    "api:garment-prepare": [
        only([MERCHANT], "202", "POST", garment_id="garment.pk", others={TRAINER: "403"})
    ],
    "api:garment-imports": [only([MERCHANT]), only([MERCHANT], "400", "POST")],
    "api:garment-import": [
        only([MERCHANT], import_id="import.pk"),
        only([MERCHANT], "204", "DELETE", import_id="import.pk"),
    ],
    "api:garment-import-add": [only([MERCHANT], "400", "POST", import_id="import.pk")],
    "api:lookbooks": [only([MERCHANT]), only([MERCHANT], "400", "POST")],
    "api:lookbook": [
        only([MERCHANT], lookbook_id="lookbook.pk"),
        only([MERCHANT], "204", "DELETE", lookbook_id="lookbook.pk"),
    ],
    "api:lookbook-looks": [only([MERCHANT], "415", "POST", lookbook_id="lookbook.pk")],
    "api:lookbook-look": [only([MERCHANT], "409", "DELETE", lookbook_id="lookbook.pk", look_id="look.pk")],
    "api:lookbook-sheet": [only([MERCHANT], "409", lookbook_id="lookbook.pk")],
    "api:lookbook-document": [only([MERCHANT], "409", lookbook_id="lookbook.pk")],
    "api:models": [only([TRAINER])],
    "api:model": [only([TRAINER], model_id="model.pk")],
    "api:model-manifest": [only([TRAINER], model_id="model.pk")],
    "api:model-promote": [only([TRAINER], "200", "POST", model_id="model.pk")],
    "api:model-canary": [only([TRAINER], "200", "POST", {"share": "0.5"}, model_id="model.pk")],
    "api:model-rollback": [only([TRAINER], "409", "POST")],
    "api:training-runs": [only([TRAINER]), only([TRAINER], "422", "POST", {"steps": "5"})],
    "api:training-run": [
        only([TRAINER], run_id="run.pk"),
        only([TRAINER], "200", "POST", {"deed": "pause"}, run_id="run.pk"),
    ],
    "api:training-run-manifest": [only([TRAINER], run_id="run.pk")],
    "api:training-run-comparison": [only([TRAINER], run_id="compared.pk")],
    "api:training-run-sheet": [only([TRAINER], run_id="compared.pk")],
    "api:training-samples": [
        only(SAMPLES_SEEN),
        only([MERCHANT], "415", "POST", others={TRAINER: "403", PRIVACY_OFFICER: "403"}),
    ],
    "api:training-samples-report": [only(SAMPLES_SEEN)],
    "api:training-sample": [
        only(SAMPLES_SEEN, sample_id="sample.pk"),
        only(
            [PRIVACY_OFFICER],
            "200",
            "DELETE",
            sample_id="sample.pk",
            others={MERCHANT: "403", TRAINER: "403"},
        ),
    ],
    "dashboard": [Row("404 404 404 200 200")],
    "api:me": [Row(ALL), Row(ALL, "DELETE")],
    "api:me-export": [Row("404 200 200 200 200")],
    "api:auth-token": [Row("401 401 401 401 401", "POST", body={"username": "owner", "password": "x"})],
    "api:auth-tokens": [Row("403 200 200 200 200"), Row("403 204 204 204 204", "DELETE")],
    "api:auth-token-revoke": [Row("403 404 204 404 404", "DELETE", {"token_id": "token.public_id"})],
    # The rest
    "set_language": [Row(SENT_ON, "POST", body={"language": "en"})],
    "schema": [Row(ALL)],
    "docs": [Row(ALL)],
    "media": [Row("404 404 404 404 404", args={"path": "garments/none.jpg"})],
    "healthz": [Row(ALL)],
    "readyz": [Row(ALL)],
    "metrics": [Row("404 404 404 404 404")],
}

CLOSED = "302 302 302 403 403"
ROOT = "302 302 302 403 200"
CLERK = "302 302 302 200 200"
KINDS: dict[str, dict[str, str]] = {
    "full": {"changelist": ROOT, "add": ROOT, "change": ROOT, "history": ROOT, "delete": ROOT},
    "read": {"changelist": ROOT, "add": CLOSED, "change": ROOT, "history": ROOT, "delete": CLOSED},
    "training": {"changelist": ROOT, "add": ROOT, "change": ROOT, "history": ROOT, "delete": CLOSED},
    "credential": {"changelist": ROOT, "add": CLOSED, "change": ROOT, "history": ROOT, "delete": ROOT},
    "account": {"changelist": ROOT, "add": ROOT, "change": ROOT, "history": ROOT, "delete": CLOSED},
    "order": {"changelist": CLERK, "add": CLOSED, "change": CLERK, "history": CLERK, "delete": CLOSED},
}
MODELS: dict[str, tuple[str, str]] = {
    "account_emailaddress": ("full", "email"),
    "auth_group": ("full", "group"),
    "knox_authtoken": ("credential", "token"),
    "mfa_authenticator": ("credential", "authenticator"),
    "shop_category": ("full", "category"),
    "shop_order": ("order", "order"),
    "shop_product": ("full", "product"),
    "shop_productcolour": ("full", "colour"),
    "shop_user": ("account", "user"),
    "tryon_auditentry": ("read", "entry"),
    "tryon_consent": ("read", "consent"),
    "tryon_erasurereceipt": ("read", "receipt"),
    "tryon_garment": ("full", "garment"),
    "tryon_modelversion": ("read", "model"),
    "tryon_garmentimport": ("full", "import"),
    "tryon_lookbook": ("full", "lookbook"),
    "tryon_pendingdeletion": ("read", "pending"),
    "tryon_photo": ("read", "photo"),
    "tryon_sealedobject": ("read", "sealed"),
    "tryon_shopper": ("read", "shopper"),
    "tryon_trainingsample": ("full", "sample"),
    "tryon_tryonjob": ("read", "job"),
    "tryon_trainingrun": ("training", "run"),
    "tryon_webhookdelivery": ("read", "delivery"),
    "tryon_webhookendpoint": ("full", "endpoint"),
}
"""Each model of the admin: what staff may do with it, and the thing to try it on."""

PAGES = {
    "full": ("changelist", "add", "change", "history", "delete"),
    "read": ("changelist", "change", "history"),
    "training": ("changelist", "add", "change", "history"),
    "erasing": ("changelist", "change", "history", "delete"),
}
RIGHTS: dict[str, dict[str, str]] = {
    "merchant": dict.fromkeys(
        (
            "shop_category", "shop_product", "shop_productcolour", "tryon_garment", "tryon_garmentimport",
            "tryon_lookbook",
        ),
        "full",
    )
    | {"tryon_trainingsample": "training"},
    "trainer": {
        "tryon_garment": "read", "tryon_modelversion": "read", "tryon_trainingrun": "training",
        "tryon_trainingsample": "read",
    },
    "privacy officer": dict.fromkeys(
        (
            "shop_user", "tryon_consent", "tryon_erasurereceipt", "tryon_pendingdeletion", "tryon_photo",
            "tryon_sealedobject", "tryon_shopper", "tryon_tryonjob",
        ),
        "read",
    )
    | {"tryon_trainingsample": "erasing"},
}  # fmt: skip
"""By role: the models of the admin that it may see or change. All others are closed to it."""


MERCHANTS, SENT = {"merchant": "200"}, {"merchant": "302"}
SENDS = "302 302 302 403 302"


def admin_row(model: str, page: str) -> Row:
    """The row of one page of a model in the admin."""
    kind, thing = MODELS[model]
    args = {"object_id": f"{thing}.pk"} if page in ("change", "history", "delete") else {}
    allowed = {role for role, rights in RIGHTS.items() if page in PAGES.get(rights.get(model, ""), ())}
    return Row(
        KINDS[kind][page], args=args, roles={role: "200" if role in allowed else "403" for role in RIGHTS}
    )


ADMIN: dict[str, Row] = {
    "admin:index": Row(CLERK),
    "admin:login": Row("302 403 403 302 302"),
    "admin:logout": Row(CLERK, "POST"),
    "admin:search": Row(CLERK),
    "admin:password_change": Row("302 302 302 302 302"),
    "admin:password_change_done": Row(CLERK),
    "admin:autocomplete": Row("302 302 302 403 403"),
    "admin:jsi18n": Row(CLERK),
    "admin:view_on_site": Row("302 302 302 404 404", args={"content_type_id": "1", "object_id": "1"}),
    "admin:tryon_modelversion_promote": Row(ROOT, args={"object_id": "model.pk"}, roles=TRAINERS),
    "admin:tryon_modelversion_canary": Row(ROOT, args={"object_id": "model.pk"}, roles=TRAINERS),
    "admin:tryon_modelversion_roll_back": Row(ROOT, roles=TRAINERS),
    "admin:tryon_modelversion_renew_garments": Row(ROOT, roles=TRAINERS),
    **{
        f"admin:tryon_{model}_manifest{file}": Row(ROOT, args={"object_id": f"{thing}.pk"}, roles=TRAINERS)
        for model, thing in (("modelversion", "model"), ("trainingrun", "run"))
        for file in ("", "_file")
    },
    "admin:tryon_trainingrun_progress": Row(ROOT, args={"object_id": "run.pk"}, roles=TRAINERS),
    "admin:tryon_trainingrun_sheet": Row(
        "302 302 302 403 404", args={"object_id": "run.pk"}, roles={"trainer": "404"}
    ),
    "admin:tryon_trainingrun_comparison": Row(
        "302 302 302 403 404", args={"object_id": "run.pk"}, roles={"trainer": "404"}
    ),
    "admin:tryon_trainingrun_steer": Row(
        SENDS, "POST", {"object_id": "run.pk"}, {"deed": "pause"}, roles={"trainer": "302"}
    ),
    "admin:app_list": Row("302 302 302 200 200", args={"app_label": "shop"}, roles={"trainer": "404"}),
    "admin:tryon_garment_add_many": Row(SENDS, roles=SENT),
    "admin:tryon_garment_status": Row(
        ROOT, args={"object_id": "garment.pk"}, roles=MERCHANTS | {"trainer": "200"}
    ),
    "admin:tryon_garment_outline": Row(
        "302 302 302 403 422", "POST", {"object_id": "garment.pk"}, {"landmarks": "x"}, {"merchant": "422"}
    ),
    "admin:tryon_garment_prepare": Row(SENDS, "POST", {"object_id": "garment.pk"}, roles=SENT),
    "admin:tryon_garment_preview": Row(SENDS, "POST", {"object_id": "garment.pk"}, roles=SENT),
    "admin:shop_productcolour_publish": Row(ROOT, args={"garment_id": "garment.pk"}, roles=MERCHANTS),
    "admin:shop_productcolour_publish_many": Row(SENDS, "POST", roles=SENT),
    "admin:tryon_garmentimport_status": Row(ROOT, args={"object_id": "import.pk"}, roles=MERCHANTS),
    "admin:tryon_lookbook_status": Row(ROOT, args={"object_id": "lookbook.pk"}, roles=MERCHANTS),
    "admin:tryon_lookbook_vary": Row(SENDS, "POST", {"object_id": "lookbook.pk"}, roles=SENT),
    "admin:tryon_lookbook_remove": Row(
        SENDS, "POST", {"object_id": "lookbook.pk", "look_id": "look.pk"}, roles=SENT
    ),
    "admin:tryon_lookbook_wearer": Row(ROOT, args={"sample_id": "model_photo.pk"}, roles=MERCHANTS),
    "admin:tryon_trainingsample_add_many": Row(SENDS, roles=SENT),
    "admin:tryon_trainingsample_photos": Row(ROOT, roles=MERCHANTS),
    **{
        f"admin:tryon_trainingsample_batch{part}": Row(
            ROOT, args={"batch": "model_photo.batch"}, roles=dict.fromkeys(RIGHTS, "200")
        )
        for part in ("", "_status")
    },
    "admin:auth_user_password_change": Row(ROOT, args={"id": "user.pk"}),
} | {f"admin:{model}_{page}": admin_row(model, page) for model in MODELS for page in PAGES["full"]}
