from django.urls import URLPattern, path

from igny8_core.modules.billing.views import AIModelConfigViewSet

# A model's name may hold slashes (meta-llama/Llama-3), encoded or not.
urlpatterns: list[URLPattern] = [
    path("ai/models/", AIModelConfigViewSet.as_view({"get": "list"}), name="ai-models"),
    path(
        "ai/models/<path:model_name>/",
        AIModelConfigViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="ai-model",
    ),
]
