import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from django.core.management.base import CommandError, CommandParser

from igny8_core.ai.constants import constants_catalogue
from igny8_core.ai.dialects import USAGE_READERS
from igny8_core.ai.dialects.reported_usage import model_named
from igny8_core.ai.price_response import NotPriced, PricedReply, Reply, price_reply
from igny8_core.business.billing import catalogue
from igny8_core.business.billing.price_history import prices_at
from igny8_core.business.billing.rate_cards import RateCard
from igny8_core.modules.billing.management.replies import NotJson, Read, parse_json, read_replies
from igny8_core.modules.command import ReportingCommand


class Command(ReportingCommand):
    help = "Prices what a provider replied: its usage, a line for each unit, and the total. Charges nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object for each reply.")
        parser.add_argument(
            "file",
            help='A reply as JSON, or on each line {"provider": …, "model": …, "body": …}; - reads standard input.',
        )
        parser.add_argument(
            "--provider",
            metavar="P",
            help="Whose replies: a dialect or a provider of the catalogue. Default: as their shape says.",
        )
        parser.add_argument("--model", metavar="M", help="Model to price at. Default: as the reply names it.")
        parser.add_argument(
            "--at",
            metavar="TIME",
            help="At the prices of that time, e.g. 2026-11-03 or 2026-11-03T14:00:00Z (without a zone: UTC). Default: now.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # The objects are written as the replies come; `report` has nothing more to say as JSON.
        self.is_json = options["json"]
        try:
            super().handle(*args, **options | {"json": False})
            self.stdout.flush()
        except BrokenPipeError:
            _leave_quietly()
        if self.problems:
            raise SystemExit(1)

    def report(self, **options: Any) -> dict[str, Any]:
        self.problems = self.replies = 0
        at = _time(options["at"])
        self.snapshot = catalogue.fresh(constants_catalogue)
        find_card = cache(lambda name: self._card(name, at))
        with _opened(options["file"]) as file:
            for read in _reads(file, options["file"]):
                self._write(read.line, self._priced(read, options, find_card))
        return {"replies": self.replies, "without_a_price": self.problems}

    def show(self, result: dict[str, Any]) -> None:
        if not self.is_json and self.replies > 1:
            super().show(result)

    def _priced(self, read: Read, options: dict[str, Any], find_card: Any) -> PricedReply:
        if read.problem is not None:
            return PricedReply(problem=NotPriced("not_json", str(read.problem)))
        try:
            reply = self._reply(read, options)
        except NotPriced as problem:
            return PricedReply(model=_named(read, options), problem=problem)
        return price_reply(reply, find_card)

    def _reply(self, read: Read, options: dict[str, Any]) -> Reply:
        """A line of ours, or a provider's body as it is."""
        value = read.value
        if not isinstance(value, dict):
            kind = "a list" if isinstance(value, list) else "no object"
            raise NotPriced("not_json", f"line {read.line} is {kind}; a reply is one JSON object")
        line = value if "body" in value else {"body": value}
        named = {}
        for name in ("provider", "model", "size", "quality"):
            told = line.get(name) if line is value else None
            if told is not None and (not isinstance(told, str) or not told):
                raise NotPriced("invalid_request", f"line {read.line}: {name} must be a name")
            named[name] = told
        body = line["body"]
        if isinstance(body, str):
            try:
                body = parse_json(body)
            except NotJson as error:
                raise NotPriced("not_json", f"line {read.line}: its body {error}") from error
        provider = named["provider"] or options["provider"]
        return Reply(
            body=body,
            dialect=self._dialect(provider) if provider else None,
            model=named["model"] or options["model"],
            image_size=named["size"],
            image_quality=named["quality"],
        )

    def _dialect(self, provider: str) -> str:
        dialects = {entry.provider.slug: entry.provider.dialect for entry in self.snapshot.models.values()}
        name = provider if provider in USAGE_READERS else dialects.get(provider, "")
        if name not in USAGE_READERS:
            known = ", ".join(sorted({*USAGE_READERS, *dialects}))
            raise NotPriced("unknown_provider", f"provider '{provider[:100]}' is not known; known: {known}")
        return name

    def _card(self, name: str, at: datetime | None) -> RateCard:
        entry = self.snapshot.find(name)
        if at is not None:
            # A model that was deleted since had prices too.
            sheet = prices_at(entry.name if entry else name, at)
            if sheet is None:
                raise NotPriced("unknown_model", f"no prices of '{name[:100]}' are known at {at.isoformat()}")
            return sheet.card_at(at)
        if entry is None:
            raise NotPriced(
                "unknown_model",
                f"no model or alias is named '{name[:100]}'; names are matched whole: if it costs what another model"
                " costs, add it there as an alias",
            )
        return entry.at(self.snapshot.now).card

    def _write(self, line: int, priced: PricedReply) -> None:
        self.replies += 1
        self.problems += priced.problem is not None
        if self.is_json:
            self.stdout.write(json.dumps(priced.to_json(), ensure_ascii=False))
            return
        self.stdout.write(f"line {line}: {priced.model or 'no model'}")
        if priced.usage:
            used = ", ".join(f"{name} {value}" for name, value in priced.usage.to_json().items())
            self.stdout.write(f"usage: {used}")
        if priced.cost:
            self.stdout.write(f"{priced.cost.explain()}\n{priced.confidence}\n\n")
        else:
            self.stdout.write(self.style.ERROR(f"no price: {priced.problem}") + "\n\n")


def _reads(file: BinaryIO, name: str) -> Iterator[Read]:
    try:
        yield from read_replies(file)
    except NotJson as error:
        raise CommandError(f"{name}: {error}") from error


def _opened(name: str) -> AbstractContextManager[BinaryIO]:
    if name == "-":
        # Python has none where it was started with it closed.
        if sys.stdin is None:
            raise CommandError("-: the standard input is closed")
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error


def _named(read: Read, options: dict[str, Any]) -> str | None:
    """The model of a line of which nothing more is understood."""
    line = read.value if isinstance(read.value, dict) else {}
    return model_named(line) or options["model"] or model_named(line.get("body"))


def _leave_quietly() -> NoReturn:
    """Ends as other tools do whose reader has left: `| head` has seen enough."""
    # What is still to be written goes nowhere, or Python would complain of it at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(128 + signal.SIGPIPE)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--at '{text}' is no time; write it as 2026-11-03T14:00:00Z") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)
