from django.urls import URLPattern, path

from igny8_core.modules.auth.views import RefreshView, RevokeView, TokenView

urlpatterns: list[URLPattern] = [
    path("token/", TokenView.as_view(), name="token"),
    path("token/refresh/", RefreshView.as_view(), name="token-refresh"),
    path("token/revoke/", RevokeView.as_view(), name="token-revoke"),
]
