from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from igny8_core.modules.usage.alerts import read_alerts
from igny8_core.modules.usage.asked import Asked
from igny8_core.modules.usage.panel import read_panel

VIEW_USAGE = "credits.view_creditusagelog"
SEE_MODELS = ("billing.view_aimodelconfig", "billing.change_aimodelconfig")


@never_cache
@require_GET
def usage_by_day(request: HttpRequest) -> HttpResponse:
    """The usage panel of the admin's front page, which asks for it once it stands."""
    asked = Asked.from_query(request.GET)
    if not request.user.is_authenticated:
        return _login(request, asked)
    _refuse_strangers(request)
    panel = read_panel(asked=asked, now=timezone.now())
    return render(request, "usage/by_day.html", {"panel": panel})


@never_cache
@require_GET
def usage_alerts(request: HttpRequest) -> HttpResponse:
    """What stands above the panel: nothing, where every price is exact."""
    if not request.user.is_authenticated:
        return _login(request, Asked())
    _refuse_strangers(request)
    found = read_alerts(now=timezone.now(), with_models=_may_see_models(request))
    return render(request, "usage/alerts.html", {"found": found})


def _refuse_strangers(request: HttpRequest) -> None:
    if not (request.user.is_staff and request.user.has_perm(VIEW_USAGE)):
        raise PermissionDenied


def _may_see_models(request: HttpRequest) -> bool:
    return any(request.user.has_perm(permission) for permission in SEE_MODELS)


def _login(request: HttpRequest, asked: Asked) -> HttpResponse:
    response = redirect_to_login(reverse("admin:index") + asked.query, reverse("admin:login"))
    if "HX-Request" in request.headers:
        # A redirect would put the login page into the panel; this one is the whole page's.
        return HttpResponse(headers={"HX-Redirect": response.url})
    return response
