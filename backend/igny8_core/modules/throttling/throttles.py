"""Who is counted, and at which rate: REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], where None switches one off."""

from __future__ import annotations

import logging
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlsplit

from psycopg.errors import UndefinedTable
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from igny8_core.business.errors import LedgerUnavailable
from igny8_core.modules.throttling.arrivals import admit
from igny8_core.modules.throttling.rates import parse_rate

if TYPE_CHECKING:
    # The views read their defaults, this class among them, as they are imported.
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 2


class _Throttle(BaseThrottle):
    """A throttle says who asks; `None` is not counted. `fails_open`: whether requests pass that cannot be counted."""

    fails_open: ClassVar[bool]
    _seconds: int = 0

    def client(self, request: Request) -> tuple[str, str] | None:
        """(name of the rate, who)"""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        client = self.client(request)
        spelled = api_settings.DEFAULT_THROTTLE_RATES[client[0]] if client else None
        if client is None or spelled is None:
            return True
        try:
            self._seconds = admit(
                client=":".join(client), rate=parse_rate(str(spelled)), retry_seconds=RETRY_SECONDS
            )
        except (LedgerUnavailable, UndefinedTable) as error:
            if not self.fails_open:
                raise
            logger.warning("not throttled: %s", error)
        return self._seconds == 0

    def wait(self) -> float | None:
        return self._seconds

    def address(self, request: Request) -> str:
        """The caller's; an IPv6 caller's network, of which any single customer has as many addresses as he likes."""
        named = self.get_ident(request) or "unknown"
        try:
            address = _parse_address(named)
        except ValueError:
            return sha256(named.encode(errors="replace")).hexdigest()
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        return f"{IPv6Address(int(address) >> 64 << 64)}/64" if address.version == 6 else str(address)


class CallerThrottle(_Throttle):
    """A user, or an API key. It guards against load, and a database that cannot count is loaded by nobody: open."""

    fails_open = True

    def client(self, request: Request) -> tuple[str, str] | None:
        user: Any = request.user
        if user is None or not user.is_authenticated:
            return None
        key = getattr(user, "api_key", None)
        return ("api_key", str(key.pk)) if key is not None else ("user", str(user.pk))


class TokenAddressThrottle(_Throttle):
    """Guesses from one address. Without counting, guessing would be free: closed."""

    fails_open = False

    def client(self, request: Request) -> tuple[str, str] | None:
        return ("token_address", self.address(request)) if request.method == "POST" else None


class TokenRefreshThrottle(_Throttle):
    """Renewals and revocations from one address: what they are given is signed and cannot be guessed, so open."""

    fails_open = True

    def client(self, request: Request) -> tuple[str, str] | None:
        return ("token_refresh", self.address(request)) if request.method == "POST" else None


class TokenUsernameThrottle(_Throttle):
    """Guesses at one user, from wherever: closed. The name is not kept, only its hash."""

    fails_open = False

    def client(self, request: Request) -> tuple[str, str] | None:
        named = (
            request.data.get("username")
            if request.method == "POST" and hasattr(request.data, "get")
            else None
        )
        if named is None:
            return None
        # A JSON number is a name too: it is read as its digits.
        return "token_username", sha256(str(named).strip().casefold().encode(errors="replace")).hexdigest()


def _parse_address(named: str) -> IPv4Address | IPv6Address:
    """Some proxies add the port, which is another with each connection: 192.0.2.1:5000, [2001:db8::1]:5000."""
    try:
        return ip_address(named)
    except ValueError:
        return ip_address(urlsplit(f"//{named}").hostname or "")
