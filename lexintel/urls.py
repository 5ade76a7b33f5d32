"""Where everything is. Each app names its own pages (`urls`) and its part of the API (`api_urls`)."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from cases.signing_in import ThrottledAuthenticationForm
from lexintel.health import healthz, readyz
from lexintel.metrics import metrics

api: list[URLPattern | URLResolver] = [
    path("", include("cases.api_urls")),
    path("", include("documents.api_urls")),
    path("", include("extraction.api_urls")),
    path("", include("search.api_urls")),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="api-schema", template_name="api_docs.html", http_method_names=["get", "head"]
        ),
        name="api-docs",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", include(api)),
    path(
        "login/",
        auth_views.LoginView.as_view(authentication_form=ThrottledAuthenticationForm),
        name="login",
    ),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    # One way to sign in, so that the limit on attempts has no back door.
    path(
        "admin/login/",
        login_not_required(RedirectView.as_view(pattern_name="login", query_string=True)),
        name="admin-login",
    ),
    path("admin/", admin.site.urls),
    path("", include("cases.urls")),
    path("", include("documents.urls")),
    path("", include("search.urls")),
]

handler400 = "lexintel.problems.bad_request"
handler403 = "lexintel.problems.forbidden"
handler404 = "lexintel.problems.not_found"
handler500 = "lexintel.problems.server_error"
