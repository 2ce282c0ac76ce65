"""Two to four models side by side: the whole question is in the address, and what cannot be is answered in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.contrib.admin.utils import label_for_field
from django.http import QueryDict

from igny8_core.business.billing.comparison import Candidate, Compared, Workload, compare
from igny8_core.business.billing.models import AIModelConfig
from igny8_core.business.billing.pricing import Confidence
from igny8_core.business.billing.rate_words import label_of, price_in_words
from igny8_core.business.credits.money import format_usd
from igny8_core.business.errors import InvalidRequest
from igny8_core.modules.admin_list.cells import moment
from igny8_core.modules.billing.asked_models import (
    CAPABILITIES,
    AskedModel,
    asked_twice,
    candidate,
    models_at,
)
from igny8_core.modules.billing.moment import read_time

LEAST_MODELS, MOST_MODELS = 2, 4
# Field of the workload -> (label, what the form begins with, as a number box or not)
NUMBERS: Final = {
    "input_tokens": ("Input tokens a call", "1000"),
    "output_tokens": ("Output tokens a call", "500"),
    "cached_share": ("Of the input cached, %", "0"),
    "images": ("Images a call", "0"),
    "calls_a_month": ("Calls a month", "1000"),
}
TEXTS: Final = {"image_size": "Image size", "image_quality": "Image quality", "at": "As of (UTC; empty: now)"}
# A workload that nothing is wrong with.
PLAIN: Final[dict[str, Any]] = {"input_tokens": 1, "output_tokens": 1, "calls_a_month": 1}
# 1,000 is written so, too.
WHOLE: Final = re.compile(r"[0-9]{1,3}(,?[0-9]{3})*|[0-9]{1,20}")
SHARE: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,8})?")
DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: a cell for each model. `marked` is the number of the cell that stands out."""

    label: str
    cells: tuple[str, ...]
    marked: frozenset[int] = frozenset()
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePage:
    """What the form says, and the table where it can be answered; else `problems` say why not."""

    models: tuple[str, ...]
    boxes: tuple[Box, ...]
    problems: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    sums: tuple[tuple[str, str], ...] = ()
    as_of: str = ""
    choices: tuple[str, ...] = field(default=())


def compare_page(query: QueryDict) -> ComparePage:
    """The page that an address asks for. Raises TablesMissing while the prices are rolled back."""
    names = tuple(dict.fromkeys(name.strip() for name in query.getlist("model") if name.strip()))
    boxes = tuple(
        Box(name, label, query.get(name, begins).strip()) for name, (label, begins) in NUMBERS.items()
    ) + tuple(Box(name, label, query.get(name, "").strip()) for name, label in TEXTS.items())
    form: dict[str, Any] = {
        "models": (names + ("",) * MOST_MODELS)[: max(MOST_MODELS, len(names))],
        "boxes": boxes,
        "choices": tuple(AIModelConfig.objects.order_by("model_name").values_list("model_name", flat=True)),
    }
    if not query:
        return ComparePage(**form)
    said = {box.name: box.value for box in boxes}
    workload, problems = read_workload(said)
    try:
        at = read_time("at", _in_utc(said["at"]) or None)
    except InvalidRequest as error:
        at = None
        problems.append(_sentence(error.message))
    time, asked = models_at([name for name in names if name.isprintable()][:MOST_MODELS], at)
    problems = [*_problems_of_names(names, asked), *problems]
    if problems or workload is None:
        return ComparePage(**form, problems=tuple(problems))
    rows = AIModelConfig.objects.select_related("provider").in_bulk(
        [model.name for model in asked if model.name], field_name="model_name"
    )
    if any(model.name not in rows for model in asked):
        return ComparePage(**form, problems=("A model was deleted just now; compare again.",))
    compared = compare([candidate(model, rows[model.name or ""]) for model in asked], workload)
    return ComparePage(
        **form,
        names=tuple(model.asked for model in asked),
        lines=tuple(_lines(compared, [rows[model.name or ""] for model in asked])),
        sums=tuple((one.candidate.name, one.cost.explain()) for one in compared if one.cost),
        as_of=moment(time),
    )


def _problems_of_names(names: tuple[str, ...], asked: list[AskedModel]) -> list[str]:
    problems = [f"{repr(name)[:80]} is no name of a model." for name in names if not name.isprintable()]
    if not LEAST_MODELS <= len(names) <= MOST_MODELS:
        problems.append(f"Name two to four different models; these are {len(names) or 'none'}.")
    problems += [
        _sentence(model.problem or f"{model.asked} is deleted") for model in asked if not _is_there(model)
    ]
    return problems + [
        f"{name} and {other} are one model; name each once." for other, name in asked_twice(asked)
    ]


def read_workload(said: dict[str, str]) -> tuple[Workload | None, list[str]]:
    """What the boxes say; None with a sentence for each that cannot be."""
    values: dict[str, Any] = {name: said[name] for name in TEXTS if name != "at"}
    problems = []
    for name, (label, _) in NUMBERS.items():
        shape, what = (SHARE, "a number such as 60") if name == "cached_share" else (WHOLE, "a whole number")
        if not shape.fullmatch(said[name]):
            problems.append(f"{label}: “{said[name][:50]}” is not {what}.")
        elif name == "cached_share":
            values["cached_share_percent"] = Decimal(said[name])
        else:
            values[name] = int(said[name].replace(",", ""))
    # Each by itself, since a workload complains of the first only.
    problems += [sentence for name in values if (sentence := _refusal(PLAIN | {name: values[name]}))]
    if problems or (refusal := _refusal(values)):
        return None, problems or [refusal]
    return Workload(**values), []


def _refusal(values: dict[str, Any]) -> str:
    try:
        Workload(**values)
    except InvalidRequest as error:
        return _sentence(error.message)
    return ""


def _in_utc(text: str) -> str:
    """`2026-12-01`, `2026-12-01 06:30` and the like are UTC, as the box says."""
    found = DAY.fullmatch(text)
    return f"{found[1]}T{found[2] or '00:00'}Z" if found else text


def _is_there(model: AskedModel) -> bool:
    return model.entry is not None and model.card is not None and not model.problem


def _lines(compared: tuple[Compared, ...], rows: list[AIModelConfig]) -> Iterable[Line]:
    yield Line(
        "Cost of a call",
        *_costs([one.cost.total_usd if one.cost else None for one in compared]),
        is_number=True,
    )
    yield Line("Cost a month", *_costs([one.month_usd for one in compared]), is_number=True)
    yield Line("Remarks", tuple(_remarks(one) or "–" for one in compared))
    units = dict.fromkeys(rate.unit for one in compared for rate in one.prices)
    for unit in units:
        prices = [{rate.unit: price_in_words(rate) for rate in one.prices} for one in compared]
        yield Line(_label(unit), tuple(price.get(unit, "–") for price in prices))
    yield Line(
        "Context window", tuple(_count(one.candidate.context_window) for one in compared), is_number=True
    )
    yield Line(
        "Output, at most", tuple(_count(one.candidate.max_output_tokens) for one in compared), is_number=True
    )
    yield Line("Capabilities", tuple(_capabilities(one.candidate) for one in compared))
    yield Line("Image sizes", tuple(", ".join(one.candidate.valid_sizes) or "–" for one in compared))
    yield Line("Type", tuple(row.get_model_type_display() for row in rows))
    yield Line("Provider", tuple(row.provider.name for row in rows))
    yield Line("Takes calls", tuple("yes" if one.candidate.is_active else "no, inactive" for one in compared))


def _costs(amounts: list[Decimal | None]) -> tuple[tuple[str, ...], frozenset[int]]:
    """The texts, and the numbers of those that are the least."""
    known = [amount for amount in amounts if amount is not None]
    least = min(known) if len(known) > 1 else None
    texts = tuple("no price" if amount is None else f"${_grouped(amount)}" for amount in amounts)
    return texts, frozenset(
        number for number, amount in enumerate(amounts) if amount == least and least is not None
    )


def _remarks(one: Compared) -> str:
    said = [one.unpriced] if one.unpriced else []
    said += one.misfits
    if one.cached_as_input:
        said.append("it has no price for cached input, which is priced as plain input")
    if one.cost is not None and one.cost.confidence is Confidence.ESTIMATED:
        said.append("priced at a rate that is an estimate")
    return " ".join(map(_sentence, said))


def _capabilities(candidate: Candidate) -> str:
    names = (
        str(label_for_field(CAPABILITIES[name], AIModelConfig))
        for name, has in candidate.capabilities.items()
        if has
    )
    return ", ".join(names) or "–"


def _label(unit: str) -> str:
    return f"Price: {label_of(unit)}"


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def _grouped(amount: Decimal) -> str:
    return f"{Decimal(format_usd(amount, decimals=2)):,f}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
