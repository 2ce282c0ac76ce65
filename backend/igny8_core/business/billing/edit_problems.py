"""Why an edited row cannot be stored: what its status and its table say, in sentences."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Model

from igny8_core.business.billing.model_status import Status, status_problems
from igny8_core.business.billing.models import AIModelConfig, ModelAlias
from igny8_core.business.billing.rate_problems import unclear_sentences


def edit_problems(
    row: Model, *, before: Status | None, other_default: str | None, unnamed: str
) -> dict[str, list[str]]:
    """Sentences for each field; those about no single field are under `unnamed`. Empty where it can be stored.

    `before` is the status of the stored row, `other_default` the type's default model if it is another one.
    """
    problems: dict[str, list[str]] = {}
    if isinstance(row, AIModelConfig):
        problems = status_problems(before=before, after=Status.of(row), other_default=other_default)
    try:
        row.full_clean(exclude=problems, validate_constraints=not problems)
    except ValidationError as error:
        for field, sentences in error.message_dict.items():
            problems.setdefault(unnamed if field == "__all__" else field, []).extend(sentences)
    if isinstance(row, AIModelConfig) and not problems:
        if sentence := name_problem(row.model_name):
            problems["model_name"] = [sentence]
        if sentences := unclear_sentences(row.price_sheet):
            problems[unnamed] = sentences
    return problems


def name_problem(name: str) -> str:
    """Why a model cannot be called so: a call must not find two prices. Empty where it can."""
    alias = ModelAlias.objects.filter(name=name).select_related("model").first()
    if alias is None:
        return ""
    return f"“{name}” is an alias of {alias.model.model_name}; take it away there first."
