"""Entity tags that follow the catalogue version, and the conditions that callers state with them."""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from uuid import UUID

from django.utils.http import parse_etags
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from igny8_core.modules.api.release import RELEASE

# Every use asks first, and what one caller may see is nobody else's.
CACHE_CONTROL: Final = "private, no-cache"
VARY: Final = "Accept, Authorization, Cookie"


class PreconditionFailed(exceptions.APIException):
    status_code = 412
    default_code = "precondition_failed"
    default_detail = (
        "the catalogue has changed since that ETag was given; get the model again and repeat the change"
    )


def entity_tag(version: UUID, *shape: str | None) -> str:
    """`"VERSION.SHAPE"`: which state of the catalogue was shown, and in which shape (address, query, media type).

    Strong: the same tag is the same bytes.
    """
    spelled = "\n".join(f"{len(part)} {part}" for part in (RELEASE, *map(str, shape)))
    return f'"{version.hex}.{sha256(spelled.encode(errors="replace")).hexdigest()[:16]}"'


def none_match(request: Request, tag: str) -> bool:
    """Whether the caller has none of this: no If-None-Match, or one that does not name `tag`. Compared weakly, as
    RFC 9110 wants it here; `*` names every tag."""
    given = _tags(request, "If-None-Match")
    return not given or ("*" not in given and tag not in [name.removeprefix("W/") for name in given])


def require_match(request: Request, version: UUID) -> None:
    """Raises PreconditionFailed unless If-Match is absent, `*`, or names the catalogue as it is: any tag given out at
    this version, for one model or the list, says so. Compared strongly: a tag that a proxy weakened does not match."""
    given = _tags(request, "If-Match")
    if given is None or "*" in given:
        return
    if not any(name.startswith(f'"{version.hex}.') for name in given):
        raise PreconditionFailed


def tagged(response: Response, tag: str) -> Response:
    for name, value in (("ETag", tag), ("Cache-Control", CACHE_CONTROL), ("Vary", VARY)):
        response.headers[name] = value
    return response


def not_modified(tag: str) -> Response:
    return tagged(Response(status=304), tag)


def _tags(request: Request, header: str) -> list[str] | None:
    value = request.headers.get(header)
    return None if value is None else parse_etags(value)
