"""One HTTP client: sends a provider request, and says of every failure whether the provider may bill it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from ssl import SSLCertVerificationError
from typing import Any, Final

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    LocationValueError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from igny8_core.ai.dialects import dialect_named
from igny8_core.ai.dialects.messages import Dialect, ProviderRequest
from igny8_core.business.billing.catalogue import Provider
from igny8_core.business.conf import setting
from igny8_core.business.errors import InvalidRequest, ProviderError, ProviderNotConfigured, ProviderTimeout

# A complete error answer means that no work was delivered, so it is not billed; these come from something in
# between that gave up waiting, while the provider may have gone on.
STATUSES_OF_UNKNOWN_OUTCOME: Final = frozenset({408, 499, 502, 504, 520, 522, 524})
# Asking again may help: a busy or broken service. Every other error status says that the request itself is refused.
STATUSES_WORTH_RETRYING: Final = frozenset({408, 409, 425, 429, *range(500, 600)})
# Raised before a byte of the request has left.
NEVER_SENT: Final = (NewConnectionError, ConnectTimeoutError, LocationParseError, LocationValueError)
LONGEST_MESSAGE: Final = 500

_pools: dict[int, urllib3.PoolManager] = {}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider is reached, how it is spoken to, and with which key."""

    provider: str
    base_url: str
    api_key: str
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """A complete 200 answer. `request_id` is the provider's."""

    body: Any
    request_id: str | None


def endpoint_of(provider: Provider) -> Endpoint:
    """Raises ProviderNotConfigured where the key's variable is unset and no emulator serves in its place."""
    dialect = dialect_named(provider.dialect, provider=provider.slug)
    if not provider.api_key_env:
        return Endpoint(provider.slug, provider.base_url, "", dialect)
    if api_key := os.environ.get(provider.api_key_env, "").strip():
        if not (api_key.isascii() and api_key.isprintable()):
            raise ProviderNotConfigured(
                f"{provider.api_key_env} holds characters that no key has", provider=provider.slug
            )
        return Endpoint(provider.slug, provider.base_url, api_key, dialect)
    if emulator := setting("EMULATOR_URL"):
        return Endpoint(provider.slug, f"{emulator.rstrip('/')}/v1", "emulated", dialect)
    raise ProviderNotConfigured(
        f"{provider.api_key_env} is not set, so {provider.slug} cannot be called; in development,"
        " IGNY8_EMULATOR_URL names an emulator to answer in its place",
        provider=provider.slug,
    )


def encode(body: dict[str, Any]) -> bytes:
    """The body as it is sent. Raises InvalidRequest for what JSON cannot say."""
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"the call cannot be sent as JSON: {error}") from error


def send(endpoint: Endpoint, request: ProviderRequest, body: bytes) -> ProviderAnswer:
    """The provider's answer to `body`, the request's encoded. Raises ProviderTimeout or ProviderError, whose `may_have_charged` decides the hold."""
    headers = {"content-type": "application/json", **request.headers}
    if endpoint.api_key:
        headers |= endpoint.dialect.authorization(endpoint.api_key)
    try:
        response = _pool().request(
            "POST",
            endpoint.base_url.rstrip("/") + request.path,
            body=body,
            headers=headers,
            timeout=urllib3.Timeout(
                connect=setting("PROVIDER_CONNECT_SECONDS"), read=setting("PROVIDER_READ_SECONDS")
            ),
            retries=False,
            redirect=False,
        )
    except HTTPError as error:
        raise _connection_error(endpoint, error) from error
    request_id = response.headers.get("x-request-id")
    try:
        content = json.loads(response.data)
    except ValueError:
        content = None
    if response.status != 200:
        raise _status_error(endpoint, response.status, content, request_id)
    if content is None:
        raise ProviderError(
            f"{endpoint.provider} answered 200 with a body that is not JSON",
            provider=endpoint.provider,
            may_have_charged=True,
            status=200,
            provider_request_id=request_id,
        )
    return ProviderAnswer(content, request_id)


def _connection_error(endpoint: Endpoint, error: HTTPError) -> ProviderError:
    # TLS can also break while the answer is read; only a refused certificate surely stops a request from leaving.
    refused_certificate = isinstance(error, SSLError) and isinstance(error.args[0], SSLCertVerificationError)
    never_sent = isinstance(error, NEVER_SENT) or refused_certificate
    timed_out = isinstance(error, (ReadTimeoutError, ConnectTimeoutError))
    kind = ProviderTimeout if timed_out else ProviderError
    what = "could not be reached" if never_sent else "did not finish its answer"
    # The exception's own text may hold the address with credentials in it; its kind is enough.
    return kind(
        f"{endpoint.provider} {what}: {type(error).__name__}",
        provider=endpoint.provider,
        may_have_charged=not never_sent,
    )


def _status_error(endpoint: Endpoint, status: int, body: Any, request_id: str | None) -> ProviderError:
    message = endpoint.dialect.error_message(body) or "no message"
    if endpoint.api_key:
        message = message.replace(endpoint.api_key, "[key]")
    return ProviderError(
        f"{endpoint.provider} answered {status}: {message[:LONGEST_MESSAGE]}",
        provider=endpoint.provider,
        permanent=status not in STATUSES_WORTH_RETRYING,
        may_have_charged=status in STATUSES_OF_UNKNOWN_OUTCOME or 200 <= status < 300,
        status=status,
        provider_request_id=request_id,
    )


def _pool() -> urllib3.PoolManager:
    # A forked child must not share its parent's sockets: each process has connections of its own.
    pool = _pools.get(os.getpid())
    return pool or _pools.setdefault(os.getpid(), urllib3.PoolManager(num_pools=20, maxsize=50))
