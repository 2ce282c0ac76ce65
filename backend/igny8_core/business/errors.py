"""The one family of errors that callers see. Each class has a stable `code` and carries its data."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

if TYPE_CHECKING:
    from igny8_core.business.billing.usage import Usage


class Igny8Error(Exception):
    """Base of the family. `details` is JSON-ready and safe to show to the account's own people."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidRequest(Igny8Error):
    """The call itself is malformed; nothing was held."""

    code = "invalid_request"


class UnknownModel(Igny8Error):
    code = "unknown_model"

    def __init__(self, *, model: str | None, model_type: str, available: list[str]) -> None:
        asked = f"{model_type} model '{model}'" if model else f"default {model_type} model"
        names = ", ".join(available) or "none"
        super().__init__(
            f"{asked} is not available; available {model_type} models: {names}",
            model=model,
            model_type=model_type,
            available=available,
        )


class InactiveModel(UnknownModel):
    """The model is known and switched off."""

    code = "inactive_model"


class InvalidImageSize(Igny8Error):
    code = "invalid_image_size"

    def __init__(self, *, size: str, model: str, valid_sizes: list[str]) -> None:
        super().__init__(
            f"size '{size}' is not valid for {model}; valid sizes: {', '.join(valid_sizes)}",
            size=size,
            model=model,
            valid_sizes=valid_sizes,
        )


class UnpricedUsage(Igny8Error):
    """A unit was used that the rate card has no rate for. Unknown is not zero. `usage` is the whole of what was used,
    and `provider_request_id` what the provider calls it, where a call was made."""

    code = "unpriced_usage"
    usage: Usage | None = None
    provider_request_id: str | None = None

    def __init__(self, *, model: str, unit: str, quantity: int, **circumstances: Any) -> None:
        told = {name: value for name, value in circumstances.items() if value}
        with_these = ", ".join(f"{name} '{value}'" for name, value in told.items())
        super().__init__(
            f"{model} has no rate for {quantity} {unit}" + (f" with {with_these}" if told else ""),
            model=model,
            unit=unit,
            quantity=quantity,
            **told,
        )


class UnboundedRequest(Igny8Error):
    """No upper bound of the cost can be stated, so nothing can be held."""

    code = "unbounded_request"


class InsufficientCredits(Igny8Error):
    code = "insufficient_credits"

    def __init__(self, *, needed: Decimal, available: Decimal, floor: Decimal, request_id: UUID) -> None:
        kept = (
            f", of which {floor} must stay"
            if floor > 0
            else f", and {-floor} may be overdrawn"
            if floor
            else ""
        )
        super().__init__(
            f"{needed} credits are needed and {available} are available{kept}",
            needed=str(needed),
            available=str(available),
            floor=str(floor),
            request_id=str(request_id),
        )
        self.needed = needed
        self.available = available
        self.floor = floor


class ConfirmationRequired(Igny8Error):
    """The change looks like a slip of the hand: it is made once a person confirms it."""

    code = "confirmation_required"


class DefaultModelRequired(Igny8Error):
    """A type's default model cannot be taken away; another one can take its place. Nothing was changed."""

    code = "default_model_required"

    def __init__(self, *, act: str, models: dict[str, str]) -> None:
        names = " and ".join(f"{name} (the default {kind} model)" for name, kind in models.items())
        super().__init__(
            f"{names} cannot be {act}: calls that name no model need it. Set another model of the type as default"
            " first; nothing was changed",
            act=act,
            models=sorted(models),
        )


class DefaultRefused(Igny8Error):
    """These models cannot become the default. Nothing was changed."""

    code = "default_refused"

    def __init__(self, *, models: list[str], reason: str) -> None:
        super().__init__(
            f"{', '.join(models)}: {reason}; nothing was changed", models=sorted(models), reason=reason
        )


class EditRefused(Igny8Error):
    """An edit that the rules of the table do not allow. `problems` has the sentences of each field; "" is the row."""

    code = "edit_refused"

    def __init__(self, *, problems: dict[str, list[str]]) -> None:
        sentences = " ".join(sentence for found in problems.values() for sentence in found)
        super().__init__(sentences, problems=problems)


class AccountRefused(Igny8Error):
    """The account or the API key is unknown, disabled or revoked."""

    code = "account_refused"


class IdempotencyConflict(Igny8Error):
    """The same key came with another body."""

    code = "idempotency_conflict"


class RequestInProgress(Igny8Error):
    """The first call with this key has not ended. Try again after `retry_after_seconds`."""

    code = "in_progress"

    def __init__(self, message: str, *, request_id: UUID, retry_after_seconds: int) -> None:
        super().__init__(message, request_id=str(request_id), retry_after_seconds=retry_after_seconds)
        self.retry_after_seconds = retry_after_seconds


class AnswerExpired(Igny8Error):
    """The call was made and charged once; its stored answer is gone, and it is never made again."""

    code = "answer_expired"


class CatalogueStale(Igny8Error):
    """Prices changed during each of three quotes."""

    code = "catalogue_stale"


class LedgerUnavailable(Igny8Error):
    """The ledger could not be reached in time. A request id in `details` names what is unresolved."""

    code = "ledger_unavailable"


class LedgerConflict(Igny8Error):
    """The ledger refused a change that would contradict what it has recorded."""

    code = "ledger_conflict"


class ProviderNotConfigured(Igny8Error):
    code = "provider_not_configured"


class ProviderError(Igny8Error):
    """The provider did not give an answer that can be used.

    `permanent` says whether the same call may succeed later; `may_have_charged` whether the provider may bill it.
    """

    code = "provider_error"

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        permanent: bool = False,
        may_have_charged: bool = False,
        status: int | None = None,
        provider_request_id: str | None = None,
    ) -> None:
        super().__init__(
            message,
            provider=provider,
            permanent=permanent,
            status=status,
            provider_request_id=provider_request_id,
        )
        self.provider = provider
        self.permanent = permanent
        self.may_have_charged = may_have_charged
        self.status = status
        self.provider_request_id = provider_request_id


class HoldExpired(Igny8Error):
    """The hold ran out before the call was sent, so it was not sent."""

    code = "hold_expired"
    may_have_charged = False


class ProviderTimeout(ProviderError):
    code = "provider_timeout"
