"""Settings of the project that `make run` serves; a production sets DATABASE_URL, SECRET_KEY and ALLOWED_HOSTS."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from igny8_core.modules.api.release import DESCRIPTION, RELEASE, TAGS

BACKEND = Path(__file__).resolve().parents[2]

DEBUG = os.environ.get("IGNY8_DEBUG", "1") == "1"
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY is not set.")
    from dev.secret_key import development_secret_key

    SECRET_KEY = development_secret_key()

# Where a proxy of yours ends TLS: cookies are sent over nothing else, and it is believed when it says so. Without this
# the origin that a browser states (https) is another than the one that Django sees (http), and no form is taken.
if os.environ.get("IGNY8_HTTPS", "0") == "1":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

if "DATABASE_URL" not in os.environ:
    raise ImproperlyConfigured(
        "DATABASE_URL is not set; manage.py starts the embedded PostgreSQL for its commands."
    )
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=600)}

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "servestatic",
    "simple_history",
    "import_export",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "igny8_core.modules.billing",
    "igny8_core.modules.credits",
    "igny8_core.modules.usage",
    "igny8_core.modules.throttling",
    # After the apps whose admin pages it replaces.
    "igny8_core.modules.auth",
    "igny8_core.modules.emulator",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "igny8_core.modules.billing.rolled_back.RolledBackMiddleware",
]

ROOT_URLCONF = "igny8_core.project.urls"
ASGI_APPLICATION = "igny8_core.project.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"

STATIC_URL = "static/"
STATIC_ROOT = BACKEND / "staticfiles"
# Development serves the packages' static files as they are, without collectstatic.
SERVESTATIC_USE_FINDERS = SERVESTATIC_AUTOREFRESH = DEBUG

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "igny8_core.modules.auth.authentication.ApiKeyAuthentication",
        "igny8_core.modules.auth.authentication.JwtAuthentication",
        "igny8_core.modules.auth.authentication.BrowserAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_METADATA_CLASS": "igny8_core.modules.api.metadata.EnvelopedMetadata",
    "DEFAULT_SCHEMA_CLASS": "igny8_core.modules.api.schema.EnvelopedSchema",
    "DEFAULT_THROTTLE_CLASSES": ["igny8_core.modules.throttling.throttles.CallerThrottle"],
    # So many at once, and then evenly; None switches one off. Tokens: attempts from an address and at a username (the
    # more of the two, so that no single address can keep a user out), and renewals from an address.
    "DEFAULT_THROTTLE_RATES": {
        "user": "600/min",
        "api_key": "600/min",
        "token_address": "20/min",
        "token_username": "30/min",
        "token_refresh": "120/min",
    },
    # How many proxies of yours each request passes; 0 believes no X-Forwarded-For, which anybody can send.
    "NUM_PROXIES": int(os.environ.get("IGNY8_NUM_PROXIES", "0")),
    "EXCEPTION_HANDLER": "igny8_core.modules.api_errors.handle",
    "UNAUTHENTICATED_USER": None,
    # `?format=` is an unknown parameter like any other.
    "URL_FORMAT_OVERRIDE": None,
}

SIMPLE_JWT = {"ACCESS_TOKEN_LIFETIME": timedelta(minutes=15), "REFRESH_TOKEN_LIFETIME": timedelta(days=1)}

SPECTACULAR_SETTINGS = {
    "TITLE": "igny8 API",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": RELEASE,
    "OAS_VERSION": "3.1.0",
    "TAGS": TAGS,
    "POSTPROCESSING_HOOKS": ["igny8_core.modules.api.schema.add_components"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SORT_OPERATION_PARAMETERS": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
}

# What a spreadsheet would run as a formula, or cannot hold, does not leave as such.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = IMPORT_EXPORT_ESCAPE_ILLEGAL_CHARS_ON_EXPORT = True

UNFOLD = {"SITE_TITLE": "igny8", "SITE_HEADER": "igny8"}

# Only in development: providers without a key are served by the emulator.
IGNY8_EMULATOR_URL = os.environ.get("IGNY8_EMULATOR_URL", "") if DEBUG else ""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Django's own handler would print each line a second time.
    "loggers": {"django": {"handlers": []}},
    "root": {"handlers": ["console"], "level": os.environ.get("IGNY8_LOG_LEVEL", "WARNING")},
}
