from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.credits.ledger import storable
from igny8_core.business.errors import InvalidRequest, UnknownModel
from igny8_core.modules.billing.serializers import AIModelConfigSerializer

FILTERS: Final = {"type": "model_type", "provider": "provider__slug", "default": "is_default"}
BOOLEANS: Final = {"true": True, "false": False}


class AIModelConfigViewSet(ReadOnlyModelViewSet[AIModelConfig]):
    """Active models with their prices. Filters: `?type=text|image`, `?provider=SLUG`, `?default=true|false`."""

    serializer_class = AIModelConfigSerializer
    lookup_field = "model_name"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[AIModelConfig]:
        return AIModelConfig.objects.filter(is_active=True, provider__is_active=True)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        models = self.get_queryset().filter(**_filters(request))
        data = self.get_serializer(models, many=True).data
        return Response({"success": True, "message": "AI models retrieved successfully", "data": data})

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        name = storable(kwargs["model_name"])
        model = self.get_queryset().filter(model_name=name).first()
        if model is None:
            available = list(self.get_queryset().values_list("model_name", flat=True))
            raise UnknownModel(model=name, model_type="AI", available=available)
        data = self.get_serializer(model).data
        return Response({"success": True, "message": "AI model retrieved successfully", "data": data})


def _filters(request: Request) -> dict[str, Any]:
    if unknown := sorted(request.query_params.keys() - FILTERS.keys()):
        raise InvalidRequest(f"unknown filter: {', '.join(unknown)}; filters: {', '.join(FILTERS)}")
    filters: dict[str, Any] = {FILTERS[name]: storable(value) for name, value in request.query_params.items()}
    types = AIModelConfig.ModelType.values
    if filters.get("model_type", types[0]) not in types:
        raise InvalidRequest(f"type is '{filters['model_type']}'; types: {', '.join(types)}")
    if "is_default" in filters:
        if filters["is_default"] not in BOOLEANS:
            raise InvalidRequest(f"default is '{filters['is_default']}'; it must be true or false")
        filters["is_default"] = BOOLEANS[filters["is_default"]]
    return filters
