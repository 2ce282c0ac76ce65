"""Query parameters: what is not understood is refused by name, never ignored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rest_framework.request import Request

from igny8_core.business.errors import InvalidRequest
from igny8_core.modules.api.envelope import shown

BOOLEANS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """`allowed` is empty where only the database knows what is."""

    name: str
    description: str
    allowed: tuple[str, ...] = ()


def read_parameters(request: Request, parameters: Sequence[Parameter]) -> dict[str, str]:
    """The query's parameters by name. Raises InvalidRequest for an unknown one, a second of its kind, or a value that
    is not allowed."""
    known = {parameter.name: parameter for parameter in parameters}
    values = {}
    for name, given in request.query_params.lists():
        if name not in known:
            raise unknown("filter", name, given[0], known)
        if len(given) > 1:
            allowed = known[name].allowed
            raise InvalidRequest(
                f"{name} is given {len(given)} times; give it once",
                parameter=name,
                value=[shown(value) for value in given[:10]],
                allowed=list(allowed),
            )
        if known[name].allowed and given[0] not in known[name].allowed:
            raise not_allowed(name, given[0], known[name].allowed)
        values[name] = given[0]
    return values


def unknown(kind: str, name: str, value: object, allowed: Iterable[str]) -> InvalidRequest:
    """`kind` is what the name should have been: a filter, a field."""
    names = list(allowed)
    known = f"{kind}s: {', '.join(names)}" if names else f"there are no {kind}s here"
    return InvalidRequest(
        f"unknown {kind}: {shown(name)}; {known}", parameter=shown(name), value=shown(value), allowed=names
    )


def not_allowed(name: str, value: object, allowed: Iterable[str]) -> InvalidRequest:
    values = list(allowed)
    return InvalidRequest(
        f"{name} is '{shown(value)}'; allowed: {', '.join(values) or 'none'}",
        parameter=name,
        value=shown(value),
        allowed=values,
    )
