"""AICore: AI calls that are priced from the database, charged in credits, and logged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from igny8_core.ai.constants import constants_catalogue
from igny8_core.ai.dialects.messages import Dialect, ImageCall, TextCall
from igny8_core.ai.metered_call import Caller, MeteredCall, Quote, perform
from igny8_core.ai.quote import bound_input, output_cap
from igny8_core.ai.results import ImageResult, TextResult
from igny8_core.ai.validators import check_size
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.catalogue import Model
from igny8_core.business.billing.pricing import as_billed, price
from igny8_core.business.billing.rate_cards import ANY
from igny8_core.business.billing.usage import Usage
from igny8_core.business.credits import ledger, money
from igny8_core.business.errors import InvalidRequest, LedgerUnavailable

if TYPE_CHECKING:
    # The tables cannot be imported before Django is set up, and AICore can.
    from igny8_core.business.credits.models import Account, ApiKey

logger = logging.getLogger(__name__)

MOST_CHOICES: Final = 128
MOST_IMAGES: Final = 10
LONGEST_NAME: Final = 255
MODEL_TYPES: Final = ("text", "image")


class AICore:
    """Makes AI calls for an account. `account` is an Account, `user` whoever acts, `api_key` an ApiKey, if any."""

    def __init__(
        self, account: Account | None = None, user: Any = None, *, api_key: ApiKey | None = None
    ) -> None:
        self.account = account
        self.user = user
        self.api_key = api_key

    def run_ai_request(
        self,
        prompt: str | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        model: str | None = None,
        max_tokens: int | None = None,
        idempotency_key: str | None = None,
        *,
        n: int = 1,
        **options: Any,
    ) -> TextResult:
        """One chat completion, held at its bound and charged on its actual usage.

        `options` are OpenAI's: temperature, top_p, stop, seed, response_format, tools, tool_choice, service_tier. Without `model`
        the default text model answers; without `max_tokens` the cap is what the credits reasonably afford. The same
        `idempotency_key` is called and charged once. Raises Igny8Error.
        """
        messages = _messages(prompt, messages)
        _check_names(model=model, idempotency_key=idempotency_key)
        _check_options(options, TEXT_OPTIONS)
        _check_tools(options.get("tools"))
        _check_count("n", n, MOST_CHOICES)
        caller = self._caller()

        def quote(found: Model, dialect: Dialect) -> Quote:
            available = ledger.available_credits(caller.account_id) if max_tokens is None else None
            tiers = dialect.tiers_of(options)
            prompt_bound = bound_input(found, messages, options)
            cap = output_cap(
                found, prompt_bound, tiers=tiers, asked=max_tokens, choices=n, available_credits=available
            )
            asked_tier = "" if tiers[0] == ANY else tiers[0]
            bound = replace(prompt_bound, output_tokens=cap * n, service_tier=asked_tier)
            text_call = TextCall(
                model=model or found.name, messages=messages, cap=cap, choices=n, options=options
            )
            return Quote(bound, dialect.text_request(text_call), tiers)

        def read(
            dialect: Dialect, body: Any
        ) -> tuple[tuple[Usage, ...], Callable[[dict[str, Any]], TextResult]]:
            reply = dialect.parse_text(body)

            def result(fields: dict[str, Any]) -> TextResult:
                return TextResult(
                    content=reply.texts[0],
                    choices=reply.texts,
                    finish_reason=reply.finish_reason,
                    tool_calls=reply.tool_calls,
                    **fields,
                )

            return reply.ways, result

        return perform(
            MeteredCall(
                operation="text",
                caller=caller,
                model=model,
                body={"messages": messages, "max_tokens": max_tokens, "n": n, **options},
                idempotency_key=idempotency_key,
                quote=quote,
                read=read,
            )
        )

    def generate_image(
        self,
        prompt: str,
        model: str | None = None,
        size: str = "1024x1024",
        n: int = 1,
        idempotency_key: str | None = None,
        **options: Any,
    ) -> ImageResult:
        """`n` images, priced and held before the call, charged for the images that came.

        `options` are OpenAI's: style, quality, response_format, background. Raises Igny8Error.
        """
        if not prompt or not isinstance(prompt, str):
            raise InvalidRequest("prompt is empty")
        _check_names(model=model, size=size, idempotency_key=idempotency_key)
        _check_options(options, IMAGE_OPTIONS)
        _check_count("n", n, MOST_IMAGES)

        def quote(found: Model, dialect: Dialect) -> Quote:
            check_size(size, found)
            image_call = ImageCall(
                model=model or found.name, prompt=prompt, size=size, count=n, options=options
            )
            bound = Usage(images=n, image_size=size, image_quality=dialect.quality_of(options))
            return Quote(bound, dialect.image_request(image_call))

        def read(
            dialect: Dialect, body: Any
        ) -> tuple[tuple[Usage, ...], Callable[[dict[str, Any]], ImageResult]]:
            reply = dialect.parse_image(body)
            quality = dialect.quality_of(options) if reply.quality is None else reply.quality
            # More than were asked for are nobody's order.
            charged = Usage(images=min(len(reply.images), n), image_size=size, image_quality=quality)
            ways = (charged,) if reply.tokens is None else (reply.tokens, charged)
            return ways, lambda fields: ImageResult(images=reply.images, **fields)

        return perform(
            MeteredCall(
                operation="image",
                caller=self._caller(),
                model=model,
                body={"prompt": prompt, "size": size, "n": n, **options},
                idempotency_key=idempotency_key,
                quote=quote,
                read=read,
            )
        )

    def calculate_cost(
        self,
        model: str,
        input_tokens: int = 0,
        output_tokens: int = 0,
        model_type: str = "text",
        *,
        num_images: int = 1,
    ) -> Decimal:
        """Exact USD of a usage at today's prices: tokens of a text model, `num_images` of an image model.

        Prices come from the database; from the constants where it cannot be read, and the log says so. Raises
        UnknownModel, InactiveModel, InvalidRequest, UnpricedUsage.
        """
        if model_type not in MODEL_TYPES:
            raise InvalidRequest(f"model_type is '{model_type}'; it must be one of {', '.join(MODEL_TYPES)}")
        try:
            snapshot = catalogue.fresh(constants_catalogue)
        except LedgerUnavailable:
            snapshot = constants_catalogue(None)
        usage = (
            Usage(images=num_images)
            if model_type == "image"
            else Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        )
        card = snapshot.resolve(model, model_type).card
        cost = price(card, as_billed(card, usage)).total_usd
        logger.info("calculated model=%s source=%s cost_usd=%s", model, snapshot.source, f"{cost:f}")
        return money.without_trailing_zeros(cost)

    def _caller(self) -> Caller:
        if self.account is None or not hasattr(self.account, "pk"):
            raise InvalidRequest("AICore needs an account to charge: AICore(account=Account.objects.get(…))")
        return Caller(
            account_id=self.account.pk,
            user_ref=str(self.user.pk) if self.user is not None else None,
            api_key_id=self.api_key.pk if self.api_key is not None else None,
        )


# What may be passed on: an option that changes how usage is counted must first be known to the quote.
TEXT_OPTIONS: Final = frozenset(
    {
        "temperature",
        "top_p",
        "stop",
        "seed",
        "response_format",
        "tools",
        "tool_choice",
        "user",
        "service_tier",
    }
)
IMAGE_OPTIONS: Final = frozenset({"style", "quality", "response_format", "background", "user"})


def _messages(prompt: str | None, messages: Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    if (prompt is None) == (messages is None):
        raise InvalidRequest("give either prompt or messages")
    if messages is None:
        messages = [{"role": "user", "content": prompt}]
    if not messages or not all(isinstance(message, Mapping) and "role" in message for message in messages):
        raise InvalidRequest("messages must be a list of {'role': …, 'content': …}, at least one")
    return list(messages)


def _check_names(**names: str | None) -> None:
    """Names that are stored and compared: short, printable, never empty."""
    for name, value in names.items():
        if value is None:
            continue
        if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= LONGEST_NAME:
            raise InvalidRequest(
                f"{name} is {repr(value)[:80]}; it must be 1 to {LONGEST_NAME} printable characters"
            )


def _check_tools(tools: Any) -> None:
    """Only the caller's own functions: a provider's server-side tools are billed apart, and have no rate yet."""
    if tools is None:
        return
    if not isinstance(tools, list) or not all(
        isinstance(tool, Mapping) and tool.get("type") == "function" for tool in tools
    ):
        raise InvalidRequest("tools must be a list of {'type': 'function', …}")


def _check_options(options: Mapping[str, Any], allowed: frozenset[str]) -> None:
    if unknown := sorted(options.keys() - allowed):
        raise InvalidRequest(
            f"unknown option: {', '.join(unknown)}; options: {', '.join(sorted(allowed))}", options=unknown
        )


def _check_count(name: str, count: int, most: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= most:
        raise InvalidRequest(f"{name} is {count!r}; it must be a whole number from 1 to {most}")
