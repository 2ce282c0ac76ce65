from django.contrib import admin
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, include, path


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; it says nothing of the database."""
    return JsonResponse({"status": "ok"})


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("admin/", admin.site.urls),
    path("api/v1/auth/", include("igny8_core.modules.auth.urls")),
    path("api/v1/billing/", include("igny8_core.modules.billing.urls")),
]
