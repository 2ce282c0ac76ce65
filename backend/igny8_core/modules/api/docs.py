"""The schema and the pages that show it, to anybody. They load nothing from another host, and say so to the browser."""

from __future__ import annotations

import secrets
from functools import cache
from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

# Redoc styles itself with elements that it writes, and searches in a worker that it makes.
POLICY: Final = (
    "default-src 'self'; script-src 'self'{nonce}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src 'self' blob:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class SchemaNegotiation(DefaultContentNegotiation):
    """By `Accept`, or by `?format=json` and `?format=yaml` for whoever types the address."""

    class settings:  # noqa: N801
        URL_FORMAT_OVERRIDE = "format"


class SchemaView(SpectacularAPIView):
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]
    content_negotiation_class = SchemaNegotiation

    def _get_schema_response(self, request: Request) -> Response:
        return Response(_schema(), headers={"Cache-Control": "public, max-age=300"})


class SwaggerView(SpectacularSwaggerSplitView):
    url_name = "api-schema"
    # A page has no description that its template could show.
    metadata_class = None

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _guarded(super().get(request, *args, **kwargs))  # type: ignore[no-untyped-call]


class RedocView(SpectacularRedocView):
    url_name = "api-schema"
    template_name = "api/redoc.html"
    metadata_class = None

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        response.data["nonce"] = secrets.token_urlsafe(16)
        return _guarded(response, nonce=f" 'nonce-{response.data['nonce']}'")


@cache
def _schema() -> Any:
    """The same for everybody, for as long as the code is."""
    return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


def _guarded(response: Response, *, nonce: str = "") -> Response:
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    return response
