"""The path of one call: resolve, quote, hold, send, price, settle, and only then answer."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast
from uuid import UUID, uuid4

from igny8_core.ai import stored_answers, transport
from igny8_core.ai.constants import constants_catalogue
from igny8_core.ai.dialects.messages import Dialect, ProviderRequest, UnreadableReply
from igny8_core.ai.results import Charged
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.catalogue import Catalogue, Model
from igny8_core.business.billing.pricing import STANDARD, Confidence, as_billed, price, price_at_most
from igny8_core.business.billing.usage import Usage
from igny8_core.business.conf import setting
from igny8_core.business.content_id import content_id
from igny8_core.business.credits import ledger, money
from igny8_core.business.credits.ledger import Charge, Ending, HoldRequest, HoldStatus, Refusal, Reserved
from igny8_core.business.errors import (
    AccountRefused,
    AnswerExpired,
    CatalogueStale,
    HoldExpired,
    IdempotencyConflict,
    Igny8Error,
    LedgerConflict,
    LedgerUnavailable,
    ProviderError,
    RequestInProgress,
    UnpricedUsage,
)

logger = logging.getLogger(__name__)

Result = TypeVar("Result", bound=Charged)

QUOTES: Final = 4  # the first, and three more when prices change meanwhile
FIRST_POLL_SECONDS: Final = 0.02
LONGEST_POLL_SECONDS: Final = 0.5
RETRY_AFTER_SECONDS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, and pays."""

    account_id: int
    user_ref: str | None = None
    api_key_id: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """The most that a call can use, the service tiers it may be billed in, and the request that keeps it to that."""

    bound: Usage
    request: ProviderRequest
    tiers: tuple[str, ...] = STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredCall(Generic[Result]):
    """One kind of call. `quote` refuses what cannot be called; `read` turns a provider's body into the ways in which
    it reports the usage and a function that makes the result."""

    operation: str
    caller: Caller
    model: str | None
    body: Mapping[str, Any]
    idempotency_key: str | None
    quote: Callable[[Model, Dialect], Quote]
    read: Callable[[Dialect, Any], tuple[tuple[Usage, ...], Callable[[dict[str, Any]], Result]]]


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that stands, and all that is needed to end it."""

    model: Model
    endpoint: transport.Endpoint
    quote: Quote
    body: bytes
    request_id: UUID
    attempt: int
    deadline: float


def perform(call: MeteredCall[Result]) -> Result:
    """Makes the call once and charges it once. Raises Igny8Error; whoever raised it has ended the hold."""
    request_id = _request_id(call)
    held = _hold(call, request_id)
    if not isinstance(held, Held):
        return held
    try:
        return _charge(call, held, _send(held))
    except LedgerUnavailable:
        # The settle's own deadline has passed: the hold keeps its credits and the sweeper makes it unknown.
        raise
    except BaseException as error:
        _end(call, held, error)
        raise


def _hold(call: MeteredCall[Result], request_id: UUID) -> Held | Result:
    """A hold that is committed as `sent`, or the stored answer of the call that came first."""
    owner = uuid4()
    snapshot, is_fresh = catalogue.current(constants_catalogue), False
    for _ in range(QUOTES):
        started = time.monotonic()
        try:
            model = snapshot.resolve(call.model, call.operation)
            endpoint = transport.endpoint_of(model.provider)
            quote = call.quote(model, endpoint.dialect)
            body = transport.encode(quote.request.body)
            bound = as_billed(model.card, quote.bound)
            amount = money.usd_to_credits(price_at_most(model.card, bound, tiers=quote.tiers))
        except Igny8Error as error:
            # The snapshot may be older than the edit that allows this, or its clock than the scheduled price that does,
            # where the machine has slept: a refusal needs a fresh one.
            newer = catalogue.fresh(constants_catalogue)
            if newer.version != snapshot.version or not is_fresh:
                snapshot, is_fresh = newer, True
                continue
            status = ledger.hold_status(call.caller.account_id, request_id) if call.idempotency_key else None
            if status is not None and status.state != "void":
                return _first_answer(call, request_id, status)
            _log_refusal(call, request_id, error)
            raise
        lifetime = setting("HOLD_SECONDS")
        request = HoldRequest(
            account_id=call.caller.account_id,
            request_id=request_id,
            owner=owner,
            fingerprint=_fingerprint(call),
            amount=amount,
            lifetime_seconds=lifetime,
            state="sent",
            card=model.card,
            version=_known(snapshot),
            operation=call.operation,
            valid_from=model.period.valid_from,
            valid_to=model.period.valid_to,
            user_ref=call.caller.user_ref,
            api_key_id=call.caller.api_key_id,
            idempotency_key=call.idempotency_key,
        )
        reserved = _reserve(request)
        if reserved.outcome == "held":
            return Held(model, endpoint, quote, body, request_id, reserved.attempt, started + lifetime)
        if reserved.outcome != "stale":
            return _answer_without_calling(call, request, reserved)
        snapshot = catalogue.reload(constants_catalogue, stale=snapshot)
    stale = CatalogueStale("prices changed during every quote; try again", request_id=str(request_id))
    _log_refusal(call, request_id, stale)
    raise stale


def _reserve(request: HoldRequest) -> Reserved:
    try:
        [reserved] = ledger.reserve([request])
    except BaseException:
        _release(request)
        raise
    return reserved


def _release(request: HoldRequest) -> None:
    """Ends a hold that may have been committed though its answer was lost: nothing was sent for it."""
    try:
        status = ledger.hold_status(request.account_id, request.request_id)
        if status is not None and (status.owner, status.state) == (request.owner, "sent"):
            ledger.void(
                [Ending(request.account_id, request.request_id, status.attempt, "void", "reserve_failed")]
            )
    except Exception:
        # The caller is to see why reserve failed, not what failed after it.
        logger.exception("request=%s: its hold, if there is one, is left to the sweeper", request.request_id)


def _answer_without_calling(call: MeteredCall[Result], request: HoldRequest, reserved: Reserved) -> Result:
    """The first call's stored answer, or the reason why this one is not made."""
    if reserved.outcome == "insufficient":
        raise reserved.refusal(request)
    if reserved.outcome == "refused":
        raise AccountRefused("the account or the API key is disabled", account_id=request.account_id)
    return _first_answer(call, request.request_id, None)


def _first_answer(call: MeteredCall[Result], request_id: UUID, status: HoldStatus | None) -> Result:
    """Another call has this key: its answer, once it has one. Nothing is called while its hold is open."""
    deadline = time.monotonic() + setting("DUPLICATE_WAIT_SECONDS")
    pause = FIRST_POLL_SECONDS
    details = {"request_id": str(request_id)}
    while True:
        status = status or ledger.hold_status(call.caller.account_id, request_id)
        if status is None or status.state == "void":
            raise RequestInProgress(
                "the first call with this key failed; try again",
                request_id=request_id,
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )
        if status.fingerprint != _fingerprint(call):
            raise IdempotencyConflict(
                f"idempotency key '{call.idempotency_key}' came before with another body", **details
            )
        if status.state == "settled":
            result = stored_answers.unseal(status.answer) if status.answer else None
            if result is None:
                raise AnswerExpired("this call was made and charged; its answer is kept no longer", **details)
            return cast("Result", result)
        if status.state == "unknown" or time.monotonic() + pause >= deadline:
            raise RequestInProgress(
                f"the first call with this key is {status.state}; it is not made again while its hold is open",
                request_id=request_id,
                retry_after_seconds=RETRY_AFTER_SECONDS,
            )
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_POLL_SECONDS)
        status = None


def _send(held: Held) -> transport.ProviderAnswer:
    if time.monotonic() >= held.deadline:
        raise HoldExpired("the hold expired before the call was sent", request_id=str(held.request_id))
    return transport.send(held.endpoint, held.quote.request, held.body)


def _charge(call: MeteredCall[Result], held: Held, answer: transport.ProviderAnswer) -> Result:
    try:
        ways, make_result = call.read(held.endpoint.dialect, answer.body)
    except UnreadableReply as error:
        raise ProviderError(
            f"{held.endpoint.provider} answered with {error}",
            provider=held.endpoint.provider,
            may_have_charged=True,
            status=200,
            provider_request_id=answer.request_id,
        ) from error
    card = held.model.card
    usage = as_billed(card, *ways)
    try:
        cost = price(card, usage)
    except UnpricedUsage as error:
        # Whoever ends the hold keeps what was used, so that it can be priced once the rate is known.
        error.usage = usage
        error.provider_request_id = answer.request_id
        raise
    cost_usd = money.exact_usd(cost.total_usd)
    usd_per_credit = money.usd_per_credit()
    cost_credits = money.usd_to_credits(cost_usd, usd_per_credit)
    result = make_result(
        {
            "request_id": held.request_id,
            "model": held.model.name,
            "provider": held.endpoint.provider,
            "cost": money.without_trailing_zeros(cost_usd),
            "credits": money.without_trailing_zeros(cost_credits),
            "cost_source": card.source,
            "input_tokens": usage.all_input_tokens,
            "output_tokens": usage.all_output_tokens,
        }
    )
    charge = Charge(
        account_id=call.caller.account_id,
        request_id=held.request_id,
        attempt=held.attempt,
        card_id=card.id,
        usage=usage,
        cost_usd=cost_usd,
        usd_per_credit=usd_per_credit,
        credits=cost_credits,
        confidence=cost.confidence,
        provider_request_id=answer.request_id,
        answer=stored_answers.seal(result) if call.idempotency_key else None,
    )
    try:
        [settled] = ledger.settle([charge])
    except LedgerUnavailable as error:
        raise LedgerUnavailable(
            f"request {held.request_id} was made and could not be settled yet: {error.message}",
            request_id=str(held.request_id),
        ) from error
    if settled.outcome not in ("settled", "replayed"):
        raise LedgerConflict(
            f"request {held.request_id} could not be charged: its hold is {settled.outcome}",
            request_id=str(held.request_id),
        )
    if settled.overrun:
        logger.warning(
            "overrun request=%s account=%s model=%s credits=%s above the hold",
            held.request_id,
            call.caller.account_id,
            held.model.name,
            settled.overrun,
        )
    if cost.confidence is not Confidence.EXACT:
        logger.warning(
            "estimated request=%s account=%s model=%s: charged at a rate that is stated as an estimate",
            held.request_id,
            call.caller.account_id,
            held.model.name,
        )
    logger.info(
        "charged request=%s account=%s model=%s source=%s card=%s cost_usd=%s credits=%s",
        held.request_id,
        call.caller.account_id,
        held.model.name,
        card.source,
        card.id,
        f"{cost_usd:f}",
        f"{cost_credits:f}",
    )
    return result


def _end(call: MeteredCall[Any], held: Held, error: BaseException) -> None:
    """Ends the hold of a call that failed: unknown, unless the error says that the provider cannot bill it."""
    void = isinstance(error, (ProviderError, HoldExpired)) and not error.may_have_charged
    ending = Ending(
        account_id=call.caller.account_id,
        request_id=held.request_id,
        attempt=held.attempt,
        state="void" if void else "unknown",
        error_code=error.code if isinstance(error, Igny8Error) else "internal_error",
        provider_request_id=error.provider_request_id
        if isinstance(error, (ProviderError, UnpricedUsage))
        else None,
        detail={"message": error.message}
        if isinstance(error, Igny8Error)
        else {"error": type(error).__name__},
        usage=error.usage if isinstance(error, UnpricedUsage) else None,
        confidence=Confidence.UNPRICED if isinstance(error, UnpricedUsage) else None,
    )
    if ending.confidence:
        logger.error(
            "unpriced request=%s account=%s model=%s: %s; its hold is kept until somebody ends it",
            held.request_id,
            call.caller.account_id,
            held.model.name,
            error,
        )
    try:
        ledger.void([ending])
    except Exception:
        # The first error matters more to the caller; the sweeper will end this hold.
        logger.exception("request=%s could not be ended as %s", held.request_id, ending.state)


def _log_refusal(call: MeteredCall[Any], request_id: UUID, error: Igny8Error) -> None:
    ledger.refuse(
        Refusal(
            account_id=call.caller.account_id,
            request_id=request_id,
            operation=call.operation,
            error_code=error.code,
            model=call.model,
            user_ref=call.caller.user_ref,
            api_key_id=call.caller.api_key_id,
            detail={"message": error.message, **error.details},
        )
    )


def _known(snapshot: Catalogue) -> UUID:
    if snapshot.version is None:
        raise LedgerUnavailable("the ledger cannot be reached, so nothing can be held")
    return snapshot.version


def _request_id(call: MeteredCall[Any]) -> UUID:
    """The same key of the same account is the same request."""
    if call.idempotency_key is None:
        return uuid4()
    return content_id(f"request:{call.caller.account_id}:{call.idempotency_key}")


def _fingerprint(call: MeteredCall[Any]) -> UUID:
    return content_id(json.dumps([call.operation, call.model, call.body], sort_keys=True, default=str))
