from django.urls import URLPattern, path

from igny8_core.modules.usage.views import usage_alerts, usage_by_day

urlpatterns: list[URLPattern] = [
    path("by-day/", usage_by_day, name="usage_by_day"),
    path("alerts/", usage_alerts, name="usage_alerts"),
]
