from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.api.envelope import shown, success
from igny8_core.modules.api.etag import entity_tag, none_match, not_modified, require_match, tagged
from igny8_core.modules.api.parameters import read_parameters
from igny8_core.modules.billing.asked_models import current_catalogue
from igny8_core.modules.billing.model_edit import edit_model
from igny8_core.modules.billing.model_query import (
    DETAIL_PARAMETERS,
    LIST_PARAMETERS,
    asks_for_inactive,
    find_model,
    find_model_to_change,
    may,
    models_for,
)
from igny8_core.modules.billing.moment import Moment, read_moment, read_time, written
from igny8_core.modules.billing.schema import GET, LIST, UPDATE
from igny8_core.modules.billing.serializers import AIModelConfigSerializer, AIModelEditSerializer
from igny8_core.modules.billing.shown_prices import ShownPrices, prices_of


class AIModelConfigViewSet(GenericViewSet[AIModelConfig]):
    serializer_class = AIModelConfigSerializer
    parser_classes = (JSONParser,)
    queryset = AIModelConfig.objects.all()

    @extend_schema(**LIST)
    def list(self, request: Request) -> Response:
        asked = read_parameters(request, LIST_PARAMETERS)
        at = read_time("at", asked.get("at"))
        models = models_for(request, asked)
        # Before the rows: an edit between the two makes the tag older than the body, never the body older than its tag.
        moment = read_moment()
        tag = self._tag(moment, "", asked)
        if not none_match(request, tag):
            return not_modified(tag)
        found = list(models)
        # As calls have them: the rates of a large catalogue are many, and already read.
        known = current_catalogue().models
        prices = prices_of(found, moment, at, known=known)
        # Of a model that was none at that time there is nothing to show.
        found = [model for model in found if model.model_name in prices]
        context = _context(asked, prices)
        data = AIModelConfigSerializer(found, many=True, context=context).data
        return tagged(Response(success("AI models retrieved successfully", data)), tag)

    @extend_schema(**GET)
    def retrieve(self, request: Request, model_name: str) -> Response:
        asked = read_parameters(request, DETAIL_PARAMETERS)
        at = read_time("at", asked.get("at"))
        models = models_for(request, asked).prefetch_related("rates", "aliases")
        moment = read_moment()
        tag = self._tag(moment, f"{model_name}/", asked)
        model = find_model(models, model_name)
        if not none_match(request, tag):
            return not_modified(tag)
        message = "AI model retrieved successfully"
        return tagged(self._one(message, model, asked, prices_of([model], moment, at)), tag)

    @extend_schema(**UPDATE)
    def partial_update(self, request: Request, model_name: str) -> Response:
        if not may(request, "change"):
            raise PermissionDenied(
                "models are changed only by staff who may change them; an API key never does"
            )
        read_parameters(request, ())
        body = AIModelEditSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        changes = dict(body.validated_data)
        is_confirmed = changes.pop("confirm", False)
        if not changes:
            raise ValidationError(f"name at least one field to change: {', '.join(body.fields)}")
        asked = {"active": "any"}
        model, version = edit_model(
            find=lambda: find_model_to_change(
                models_for(request, asked).prefetch_related("rates"), model_name
            ),
            changes=changes,
            is_confirmed=is_confirmed,
            actor=cast(User, request.user),
            check_version=lambda version: require_match(request, version),
        )
        # Of the edit's own version: whatever was edited since has another one.
        moment = replace(read_moment(), version=version)
        answer = self._one("AI model updated successfully", model, asked, prices_of([model], moment, None))
        return tagged(answer, self._tag(moment, f"{model_name}/", asked))

    def _one(
        self, message: str, model: AIModelConfig, asked: dict[str, str], prices: dict[str, ShownPrices]
    ) -> Response:
        if model.model_name not in prices:
            raise NotFound(f"no prices of {shown(model.model_name)} are recorded for {asked['at']}")
        context = _context(asked, prices) | {"in_detail": True}
        return Response(success(message, AIModelConfigSerializer(model, context=context).data))

    def _tag(self, moment: Moment, address: str, asked: dict[str, str]) -> str:
        query = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
        media_type = str(self.request.accepted_media_type)
        return entity_tag(moment.version, address, query, media_type, written(moment.changed))


def _context(asked: dict[str, str], prices: dict[str, ShownPrices]) -> dict[str, Any]:
    return {"for_administrator": asks_for_inactive(asked), "as_asked": "at" in asked, "prices": prices}
