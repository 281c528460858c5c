"""Settings, all from the environment (`.env.example` explains each name).

Fails closed: outside DEMO a missing secret stops the start with its name.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from .file_stores import file_store
from .keys import parse_key, parse_key_ring
from .logs import logging_config
from .numbers import whole_number
from .retention import kept_for
from .samples import PREFIX as SAMPLES_PREFIX
from .samples import sample_photos

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
DEMO = env.bool("DEMO", default=False)
"""A shop on one's own machine: plain HTTP, embedded servers, its secrets and addresses in DATA_ROOT."""
if not DEMO:
    env.read_env(BASE_DIR / ".env")
DATA_ROOT = Path(env("DATA_ROOT", default=str(BASE_DIR / "var")))
if DEMO:
    env.read_env(DATA_ROOT / "demo.env")
    env.read_env(DATA_ROOT / "services.env")

DEBUG = False
SECRET_KEY = env("SECRET_KEY")
PHOTO_KEYS = parse_key_ring("PHOTO_KEYS", env("PHOTO_KEYS"))
KEY_MANAGER = "tryon.key_ring.KeyRing"
"""What wraps the data keys of photos: an implementation of `tryon.key_ring.KeyManager`."""
RECEIPT_KEY = parse_key("RECEIPT_KEY", env("RECEIPT_KEY"))
METRICS_TOKEN = env("METRICS_TOKEN", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEMO else env.NOTSET)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "csp",
    "djmoney",
    "sorl.thumbnail",
    "django_structlog",
    "django_prometheus",
    "shop",
    "tryon",
    "workers",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.CrossOriginResourcePolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.AdminContentSecurityPolicy",
    "config.middleware.ApiOverTls",
    "config.middleware.NullCharacters",
    "config.middleware.ClearSiteData",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.StaffTimeout",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "tryon.middleware.ActorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Services
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BROKER_URL = env("BROKER_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": urlsplit(BROKER_URL)._replace(path="/1").geturl(),
        "KEY_PREFIX": "tryon",
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 2},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
vars().update(env.email_url("EMAIL_URL", default="consolemail://" if DEMO else env.NOTSET))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="shop@localhost")

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A lost message is found again by the sweep long before it becomes visible again here.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    # A shopper does not wait for a broker that is down: the sweep announces what it missed.
    "max_retries": 1,
    "interval_start": 0,
    "connect_retries_timeout": 2,
}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "maintenance"
CELERY_TASK_ROUTES = {
    "workers.run_tryons": {"queue": "tryon"},
    "workers.check_photos": {"queue": "tryon"},
    "workers.prepare_garments": {"queue": "tryon"},
    "workers.prepare_samples": {"queue": "tryon"},
    "workers.look_at_import_items": {"queue": "tryon"},
    "workers.make_previews": {"queue": "tryon"},
    "workers.make_lookbooks": {"queue": "tryon"},
    "workers.train*": {"queue": "training"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 300.0  # seconds; a new process loads the models before it takes work
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
# Soft < hard < lease: a worker that hangs is gone before anyone else may take its work.
LEASE_SECONDS = env.int("TRYON_LEASE_SECONDS", default=60)
CELERY_TASK_SOFT_TIME_LIMIT = LEASE_SECONDS * 0.75
CELERY_TASK_TIME_LIMIT = LEASE_SECONDS * 0.9
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_ROOT / "beat-schedule")
SWEEP_SECONDS = env.float("TRYON_SWEEP_SECONDS", default=15.0)
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "workers.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "retention": {"task": "workers.retention_sweep", "schedule": 300.0, "options": {"expires": 300}},
    "webhooks": {"task": "workers.deliver_webhooks", "schedule": 5.0, "options": {"expires": 5}},
    "old-webhooks": {"task": "workers.forget_webhooks", "schedule": 3600.0, "options": {"expires": 3600}},
    "old-imports": {"task": "workers.forget_imports", "schedule": 3600.0, "options": {"expires": 3600}},
    "keys": {"task": "workers.rotate_keys", "schedule": 60.0, "options": {"expires": 60}},
}

# Files. The private store only ever holds ciphertext, the ledger only what was erased, and that of the models
# weights, which are no secrets.
STORAGES = {
    "default": file_store(env, DATA_ROOT, kind="public", base_url="/media/"),
    "private": file_store(env, DATA_ROOT, kind="private", base_url=None),
    "ledger": file_store(env, DATA_ROOT, kind="ledger", base_url=None),
    "models": file_store(env, DATA_ROOT, kind="models", base_url=None),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
BUILTIN_WEIGHTS = BASE_DIR / "ml" / "weights"
"""The weights that this program came with; workers alone have them."""
SAMPLE_FOLDER = BASE_DIR / "shop" / "sample"
STATICFILES_DIRS = [BASE_DIR / "static", (SAMPLES_PREFIX, SAMPLE_FOLDER / "shoppers")]
DATA_UPLOAD_MAX_NUMBER_FILES = 200
FILE_UPLOAD_HANDLERS = ["config.uploads.BoundedMemoryUploadHandler"]
THUMBNAIL_QUALITY = 85
THUMBNAIL_PRESERVE_FORMAT = True

# Try-on
TRYON = {
    "PHOTO_TTL": kept_for(env, "PHOTO_TTL_HOURS", default=24, most=24 * 30, unit=timedelta(hours=1)),
    "RESULT_TTL": kept_for(env, "RESULT_TTL_HOURS", default=72, most=24 * 90, unit=timedelta(hours=1)),
    "SAMPLE_TTL": kept_for(env, "SAMPLE_TTL_DAYS", default=365, most=1830, unit=timedelta(days=1)),
    # As long as any backup is kept, the ledger has to say what was erased since.
    "LEDGER_TTL": kept_for(env, "BACKUP_TTL_DAYS", default=400, most=3660, unit=timedelta(days=1)),
    "LEASE": timedelta(seconds=LEASE_SECONDS),
    "SWEEP": timedelta(seconds=SWEEP_SECONDS),
    "BATCH_SIZE": env.int("TRYON_BATCH_SIZE", default=1),
    "MAX_QUEUE": env.int("TRYON_MAX_QUEUE", default=200),
    "MAX_UPLOAD_BYTES": 15 * 1024 * 1024,
    "MAX_PIXELS": 40_000_000,
    "CONSENT_VERSION": "2026-11",
    "SAMPLE_PHOTOS": sample_photos(SAMPLE_FOLDER),
    "DAILY_LIMIT_GUEST": env.int("DAILY_LIMIT_GUEST", default=20),
    "DAILY_LIMIT_USER": env.int("DAILY_LIMIT_USER", default=100),
    "DAILY_LIMIT_STORE": env.int("DAILY_LIMIT_STORE", default=0),  # 0: as many as the queue takes
    "SWEEP_OVERDUE_ALARM": timedelta(minutes=30),
    "TRAINING_DEVICES": env.list("TRAINING_DEVICES", default=["cpu"]),
    "TRAINING_THREADS": env.int("TRAINING_THREADS", default=1),
    "TRAINING_FOLDER": DATA_ROOT / "training",
}
WEBHOOK_PORTS = [int(port) for port in env.list("WEBHOOK_PORTS", default=["443"])]

# Shop
SHOP: dict[str, Any] = {
    "CART_TTL": kept_for(env, "GUEST_CART_TTL_DAYS", default=30, most=366, unit=timedelta(days=1)),
    # To how many of 100 visitors the product pages offer the try-on; from 1 to 99, both are compared.
    "EXPOSURE_PERCENT": whole_number(env, "TRYON_EXPOSURE_PERCENT", default=100, least=0, most=100),
    "ORDER_TTL": kept_for(env, "ORDER_TTL_DAYS", default=3653, most=3653, unit=timedelta(days=1)),
}

# Accounts
AUTH_USER_MODEL = "shop.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
] + [{"NAME": "shop.passwords.ShopWordsValidator"}]
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none" if DEMO else "mandatory"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEMO else "https"
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
# Guesses at one account's password, and at its second factor, from wherever; then from one address.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,10/m/ip"}
# Whoever finds a browser open changes neither the mail address nor the second factor.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_ADAPTER = "tryon.second_factor.SealedMFAAdapter"
MFA_TOTP_ISSUER = "Atelier"
# Whatever is not a clear "no" is a yes.
STAFF_MFA_REQUIRED = env("STAFF_MFA_REQUIRED", default="no" if DEMO else "yes").lower() not in {
    "no",
    "0",
    "false",
    "off",
}
"""Staff have their rights only after a second factor (`tryon.second_factor`)."""
STAFF_IDLE = timedelta(hours=1)
"""The longest that NIST SP 800-63B-4 allows at its second level."""

# API
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "tryon.api.authentication.GuestSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_THROTTLE_RATES": {"read": "600/min", "write": "60/min", "upload": "20/min", "token": "10/min"},
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "tryon.api.errors.TryOnExceptionHandler",
    "EXCEPTION_FORMATTER_CLASS": "tryon.api.errors.TryOnExceptionFormatter",
    "ERROR_SCHEMAS": dict.fromkeys(
        (400, 401, 403, 404, 405, 406, 415, 429, 500), "tryon.api.errors.ErrorEnvelopeSerializer"
    ),
}
REST_KNOX = {"TOKEN_TTL": timedelta(days=30), "TOKEN_LIMIT_PER_USER": 20}
SPECTACULAR_SETTINGS = {
    "TITLE": "Try-on API",
    "VERSION": "1.0.0",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "WorkStatusEnum": "tryon.models.LeasedWork.Status",
        "CategoryEnum": "tryon.models.Garment.Category",
        "TrainingStatusEnum": "tryon.models.TrainingRun.Status",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Browser
SECURE_SSL_REDIRECT = not DEMO
# The API refuses what others redirect (`config.middleware.ApiOverTls`).
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^api/"]
SECURE_HSTS_SECONDS = 0 if DEMO else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEMO
SECURE_HSTS_PRELOAD = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not DEMO
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# The script of the dialog reads the CSRF cookie, so that one is open to scripts of ours.
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
if not DEMO:
    # A browser takes these from this very host over TLS alone: no subdomain can plant one.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, str | list[str]] = {
    "camera": "self",
    **{feature: [] for feature in ("display-capture", "geolocation", "microphone", "payment", "usb")},
}

# Language and time
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]

# Admin
UNFOLD = {
    "SITE_TITLE": "Atelier",
    "SITE_HEADER": "Atelier",
    "SITE_SYMBOL": "styler",
    "DASHBOARD_CALLBACK": "config.dashboard.dashboard",
}

# Money
DEFAULT_CURRENCY = "EUR"
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CNY", "JPY")

# Logs
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = ""
LOGGING = logging_config(env("LOG_LEVEL", default="INFO"))

if not DEMO and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts; * would accept any.")
