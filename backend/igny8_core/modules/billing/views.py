from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.modules.api.envelope import success
from igny8_core.modules.api.etag import entity_tag, none_match, not_modified, require_match, tagged
from igny8_core.modules.api.parameters import read_parameters
from igny8_core.modules.billing.model_edit import catalogue_version, edit_model
from igny8_core.modules.billing.model_query import (
    DETAIL_PARAMETERS,
    LIST_PARAMETERS,
    asks_for_inactive,
    find_model,
    may,
    models_for,
)
from igny8_core.modules.billing.schema import GET, LIST, UPDATE
from igny8_core.modules.billing.serializers import AIModelConfigSerializer, AIModelEditSerializer


class AIModelConfigViewSet(GenericViewSet[AIModelConfig]):
    serializer_class = AIModelConfigSerializer
    parser_classes = (JSONParser,)
    queryset = AIModelConfig.objects.all()

    @extend_schema(**LIST)
    def list(self, request: Request) -> Response:
        asked = read_parameters(request, LIST_PARAMETERS)
        models = models_for(request, asked)
        # Before the rows: an edit between the two makes the tag older than the body, never the body older than its tag.
        tag = self._tag(catalogue_version(), "", asked)
        if not none_match(request, tag):
            return not_modified(tag)
        return tagged(self._answer("AI models retrieved successfully", models, asked), tag)

    @extend_schema(**GET)
    def retrieve(self, request: Request, model_name: str) -> Response:
        asked = read_parameters(request, DETAIL_PARAMETERS)
        models = models_for(request, asked)
        tag = self._tag(catalogue_version(), f"{model_name}/", asked)
        model = find_model(models, model_name)
        if not none_match(request, tag):
            return not_modified(tag)
        return tagged(self._answer("AI model retrieved successfully", model, asked), tag)

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
            find=lambda: find_model(models_for(request, asked), model_name),
            changes=changes,
            is_confirmed=is_confirmed,
            actor=cast(User, request.user),
            check_version=lambda version: require_match(request, version),
        )
        answer = self._answer("AI model updated successfully", model, asked)
        return tagged(answer, self._tag(version, f"{model_name}/", asked))

    def _answer(
        self, message: str, shown: AIModelConfig | QuerySet[AIModelConfig], asked: dict[str, str]
    ) -> Response:
        data = AIModelConfigSerializer(
            shown,
            many=not isinstance(shown, AIModelConfig),
            context={"for_administrator": asks_for_inactive(asked)},
        ).data
        return Response(success(message, data))

    def _tag(self, version: UUID, address: str, asked: dict[str, str]) -> str:
        query = "&".join(f"{name}={value}" for name, value in sorted(asked.items()))
        return entity_tag(version, address, query, str(self.request.accepted_media_type))
