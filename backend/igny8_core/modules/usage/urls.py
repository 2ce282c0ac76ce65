from django.urls import URLPattern, path

from igny8_core.modules.usage.views import usage_by_day

urlpatterns: list[URLPattern] = [path("by-day/", usage_by_day, name="usage_by_day")]
