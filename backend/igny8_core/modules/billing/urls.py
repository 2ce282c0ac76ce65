from django.urls import URLPattern, path

from igny8_core.modules.billing.price_views import CompareView, EstimateView, PriceHistoryView
from igny8_core.modules.billing.views import AIModelConfigViewSet

# A model's name may hold slashes (meta-llama/Llama-3), encoded or not.
urlpatterns: list[URLPattern] = [
    path("ai/models/", AIModelConfigViewSet.as_view({"get": "list"}), name="ai-models"),
    path(
        "ai/models/<path:model_name>/history/",
        PriceHistoryView.as_view({"get": "retrieve"}),
        name="ai-model-history",
    ),
    path(
        "ai/models/<path:model_name>/",
        AIModelConfigViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="ai-model",
    ),
    path(
        "ai/estimate/",
        EstimateView.as_view({"get": "retrieve", "post": "create"}),
        name="ai-estimate",
    ),
    path("ai/compare/", CompareView.as_view({"get": "retrieve"}), name="ai-compare"),
]
