from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from igny8_core.modules.api.docs import RedocView, SchemaView, SwaggerView
from igny8_core.modules.api_errors import no_such_address

handler400 = "igny8_core.modules.api_errors.bad_request"
handler500 = "igny8_core.modules.api_errors.server_error"


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; it says nothing of the database."""
    return JsonResponse({"status": "ok"})


def no_icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on every page."""
    return HttpResponse(status=204)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz),
    path("favicon.ico", no_icon),
    path("admin/usage/", include("igny8_core.modules.usage.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/auth/", include("igny8_core.modules.auth.urls")),
    path("api/v1/billing/", include("igny8_core.modules.billing.urls")),
    path("api/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/docs", RedirectView.as_view(pattern_name="api-docs")),
    path("api/docs/redoc", RedirectView.as_view(pattern_name="api-docs-redoc")),
    path("api/docs/", SwaggerView.as_view(), name="api-docs"),
    path("api/docs/redoc/", RedocView.as_view(), name="api-docs-redoc"),
    re_path(r"^api/", no_such_address),
]
