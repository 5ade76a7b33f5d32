"""Every setting, read from the environment once. docs/configuration.md explains each; a test keeps both true."""

from pathlib import Path

import environ

from lexintel.embedded.services import urls as embedded_urls
from lexintel.secret_key import secret_key_in

BASE_DIR = Path(__file__).resolve().parent.parent
# NAME_FILE names a file that holds NAME: how containers hand over secrets.
env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")

VERSION = "0.1.0"

# --- Where data lies ---------------------------------------------------------------------------------
LEXINTEL_DATA_DIR = Path(env.str("LEXINTEL_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
STORAGE_URL = env.str("STORAGE_URL", default=(LEXINTEL_DATA_DIR / "files").as_uri())
AWS_ACCESS_KEY_ID = env.str("AWS_ACCESS_KEY_ID", default="")
AWS_SECRET_ACCESS_KEY = env.str("AWS_SECRET_ACCESS_KEY", default="")

# --- Services: embedded unless named -----------------------------------------------------------------
LEXINTEL_EMBEDDED_POSTGRES = not env.str("DATABASE_URL", default="")
LEXINTEL_EMBEDDED_REDIS = not env.str("REDIS_URL", default="")
_embedded = embedded_urls(LEXINTEL_DATA_DIR)
REDIS_URL = env.str("REDIS_URL", default="") or _embedded.redis_url
# A test run on a shared Redis must not meet another's keys; production has no reason to change it.
REDIS_PREFIX = env.str("LEXINTEL_REDIS_PREFIX", default="lexintel")
LEXINTEL_LEASE_S = env.float("LEXINTEL_LEASE_S", default=30)
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", default="") or _embedded.database_url)}
_named = DATABASES["default"].get("OPTIONS", {})
# The pool is per process: processes × DATABASE_POOL_MAX must stay below PostgreSQL's max_connections.
DATABASES["default"] |= {
    "CONN_MAX_AGE": 0,
    # A connection that did not survive a restart of the server is replaced before it costs anybody a request.
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": _named
    | {
        # What a process that is stopped in mid-transaction holds, among it perhaps the reconciler's lock, it holds no
        # longer than a lease.
        "options": f"{_named.get('options', '')} "
        f"-c idle_in_transaction_session_timeout={max(5, round(LEXINTEL_LEASE_S))}s".strip(),
        "pool": {
            "min_size": env.int("DATABASE_POOL_MIN", default=2),
            "max_size": env.int("DATABASE_POOL_MAX", default=30),
            "timeout": 10,
        },
        "connect_timeout": 5,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Security ----------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key_in(LEXINTEL_DATA_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Behind TLS every trusted origin is https; then cookies may travel over TLS only.
_TLS = bool(CSRF_TRUSTED_ORIGINS) and all(o.startswith("https://") for o in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
CSRF_FAILURE_VIEW = "lexintel.problems.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _TLS else None
SECURE_HSTS_SECONDS = 31_536_000 if _TLS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- The application ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "lexintel",
    "cases",
    "documents",
    "extraction",
    "search",
]
MIDDLEWARE = [
    "lexintel.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lexintel.content_policy.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "lexintel.problems.DatabaseAwayMiddleware",
]
ROOT_URLCONF = "lexintel.urls"
ASGI_APPLICATION = "lexintel.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.str("LEXINTEL_STATIC_DIR", default="") or LEXINTEL_DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lexintel.static_files.StaticStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Uploads and reading -----------------------------------------------------------------------------
LEXINTEL_MAX_UPLOAD_MB = env.int("LEXINTEL_MAX_UPLOAD_MB", default=2048)
FILE_UPLOAD_TEMP_DIR = str(LEXINTEL_DATA_DIR / "tmp")
# `manage.py web` makes that folder; no other command needs it.
SILENCED_SYSTEM_CHECKS = ["files.E001"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
LEXINTEL_WEB_PORT = env.int("LEXINTEL_WEB_PORT", default=8000)
LEXINTEL_WORKER_PROCESSES = env.int("LEXINTEL_WORKER_PROCESSES", default=2)
LEXINTEL_SANDBOX = env.str("LEXINTEL_SANDBOX", default="best_effort")
LEXINTEL_SOFT_LIMIT_S = env.float("LEXINTEL_SOFT_LIMIT_S", default=1500)
LEXINTEL_HARD_LIMIT_S = env.float("LEXINTEL_HARD_LIMIT_S", default=1800)
LEXINTEL_PAGE_LIMIT_S = env.float("LEXINTEL_PAGE_LIMIT_S", default=120)
LEXINTEL_RETRY_DELAYS_S = [float(s) for s in env.list("LEXINTEL_RETRY_DELAYS_S", default=["60", "120", "240"])]
LEXINTEL_OCR_ENGINE = env.str("LEXINTEL_OCR_ENGINE", default="auto")
LEXINTEL_OCR_LANGUAGES = env.str("LEXINTEL_OCR_LANGUAGES", default="eng")

# --- Meaning -----------------------------------------------------------------------------------------
EMBEDDING_BACKEND = env.str("EMBEDDING_BACKEND", default="local")
EMBEDDING_MODEL = env.str("EMBEDDING_MODEL", default="all-MiniLM-L6-v2")
EMBEDDING_BASE_URL = env.str("EMBEDDING_BASE_URL", default="")
EMBEDDING_API_KEY = env.str("EMBEDDING_API_KEY", default="")
# Off unless an endpoint is named.
RERANK_BASE_URL = env.str("RERANK_BASE_URL", default="")
RERANK_MODEL = env.str("RERANK_MODEL", default="")
RERANK_API_KEY = env.str("RERANK_API_KEY", default="")
CLAUSE_CONCEPTS = env.str("LEXINTEL_CLAUSE_CONCEPTS", default="")

# --- Operations --------------------------------------------------------------------------------------
# Off unless named; see error_reports.py and tracing.py.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")

# --- Interfaces --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cases.tokens.BearerAuthentication",
        "lexintel.problems.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "lexintel.json_bodies.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "lexintel.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "lexintel.problems.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LexIntel",
    "DESCRIPTION": "Case and document intelligence for litigation teams.",
    "VERSION": VERSION,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "CaseStatusEnum": "cases.models.Case.Status",
        "DocumentStatusEnum": "documents.models.Status",
        "DocumentStageEnum": "documents.models.Stage",
        "JobStageEnum": "extraction.models.JobStage",
    },
}
UNFOLD = {"SITE_TITLE": "LexIntel", "SITE_HEADER": "LexIntel", "SITE_SYMBOL": "gavel"}

# --- Logs --------------------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="console")
# Whoever brings it may read /metrics from anywhere; without one, only this machine may.
LEXINTEL_METRICS_TOKEN = env.str("LEXINTEL_METRICS_TOKEN", default="")
LOGGING_CONFIG = "lexintel.logs.configure"
LOGGING = {"format": LOG_FORMAT}
