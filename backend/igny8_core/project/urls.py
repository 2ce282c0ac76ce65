from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from igny8_core.modules.api_errors import no_such_address


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
    path("admin/", admin.site.urls),
    path("api/v1/auth/", include("igny8_core.modules.auth.urls")),
    path("api/v1/billing/", include("igny8_core.modules.billing.urls")),
    re_path(r"^api/", no_such_address),
]
