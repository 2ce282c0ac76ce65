from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request

from igny8_core.modules.api.envelope import success

if TYPE_CHECKING:
    # The views read their defaults, this class among them, as they are imported.
    from rest_framework.views import APIView


class EnvelopedMetadata(BaseMetadata):
    """What OPTIONS answers: the methods of the address, and the media types that it speaks and reads."""

    def determine_metadata(self, request: Request, view: APIView) -> dict[str, Any]:
        return success(
            "Options retrieved successfully",
            {
                "methods": view.allowed_methods,
                "renders": [renderer.media_type for renderer in view.get_renderers()],
                "parses": [parser.media_type for parser in view.get_parsers()],
            },
        )
