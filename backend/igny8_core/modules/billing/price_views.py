"""Questions about prices: what they were, what a usage costs, and models side by side. Anybody who may call may ask."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.errors import UnknownModel
from igny8_core.modules.api.envelope import shown, success
from igny8_core.modules.api.etag import entity_tag, none_match, not_modified, tagged
from igny8_core.modules.api.parameters import read_parameters
from igny8_core.modules.billing import compared_models, estimate, recorded_prices
from igny8_core.modules.billing.model_query import TAKES_CALLS
from igny8_core.modules.billing.moment import read_moment
from igny8_core.modules.billing.price_schema import COMPARE, ESTIMATE, ESTIMATE_ONE, HISTORY


class PriceHistoryView(ViewSet):
    parser_classes = (JSONParser,)

    @extend_schema(**HISTORY)
    def retrieve(self, request: Request, model_name: str) -> Response:
        given = read_parameters(request, recorded_prices.PARAMETERS)
        asked = recorded_prices.read_query(given)
        query = "&".join(f"{name}={value}" for name, value in sorted(given.items()))
        # Every change of a price has another version of the catalogue.
        tag = entity_tag(
            read_moment().version, f"{model_name}/history/", query, str(request.accepted_media_type)
        )
        found = recorded_prices.recorded_prices(model_name, asked)
        if found is None:
            active = AIModelConfig.objects.filter(TAKES_CALLS).values_list("model_name", flat=True)
            raise UnknownModel(model=shown(model_name), model_type="AI", available=list(active))
        if not none_match(request, tag):
            return not_modified(tag)
        data, meta = found
        return tagged(Response(success("Price history retrieved successfully", data, meta)), tag)


class EstimateView(ViewSet):
    parser_classes = (JSONParser,)

    @extend_schema(**ESTIMATE)
    def create(self, request: Request) -> Response:
        read_parameters(request, ())
        return self._answer(estimate.read_body(request.data))

    @extend_schema(**ESTIMATE_ONE)
    def retrieve(self, request: Request) -> Response:
        return self._answer(estimate.read_query(read_parameters(request, estimate.PARAMETERS)))

    def _answer(self, asked: estimate.Asked) -> Response:
        return Response(success("Costs estimated successfully", estimate.estimate(asked)))


class CompareView(ViewSet):
    parser_classes = (JSONParser,)

    @extend_schema(**COMPARE)
    def retrieve(self, request: Request) -> Response:
        asked = compared_models.read_query(read_parameters(request, compared_models.PARAMETERS))
        return Response(success("AI models compared successfully", compared_models.compared_models(asked)))
