"""The lists and pages that an operator asks for: every filter, with what is common, rare and not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.modules.credits_admin.seeding import Seeded

NOWHERE = "00000000-0000-4000-8000-000000000000"


def dates(field: str) -> dict[str, dict[str, Any]]:
    """A year, a month and a day of the seeded past, and a week by the filter."""
    moment = timezone.now() - timedelta(days=100)
    year = {f"{field}__year": moment.year}
    month = {**year, f"{field}__month": moment.month}
    return {
        "year": year,
        "month": month,
        "day": {**month, f"{field}__day": moment.day},
        "week": {
            f"{field}_from_0": f"{moment:%Y-%m-%d}",
            f"{field}_to_0": f"{moment + timedelta(days=7):%Y-%m-%d}",
        },
        "before all": {f"{field}_to_0": "2001-01-01"},
    }


def accounts(seeded: Seeded) -> dict[str, dict[str, Any]]:
    return {
        "busy account": {"account__id__exact": seeded.busy},
        "account that went quiet": {"account__id__exact": seeded.quiet},
        "usual account": {"account__id__exact": seeded.busy + 777},
        "account without calls": {"account__id__exact": seeded.idle},
    }


def lists(seeded: Seeded, *, last_page: int) -> dict[str, dict[str, dict[str, Any]]]:
    """Query parameters by list and by what they ask. `last_page` is the last that a long list has."""
    last = {"p": last_page}
    calls: dict[str, dict[str, Any]] = {
        "newest": {},
        "last page": last,
        **accounts(seeded),
        **dates("admitted_at"),
        "common model": {"model": "gpt-4o-mini"},
        "rare model": {"model": "rare-model"},
        "retired model": {"model": "retired-model"},
        "unknown model": {"model": "nowhere"},
        "busy account, rare model": {"account__id__exact": seeded.busy, "model": "rare-model"},
        "month, rare model": {**dates("admitted_at")["month"], "model": "rare-model"},
        "images": {"operation": "image"},
        "user": {"user_ref": "user-7"},
        "unknown user": {"user_ref": "nobody"},
        "search request": {"q": seeded.settled_request},
        "search unknown request": {"q": NOWHERE},
        "search account": {"q": "seeded-00777"},
        "search busy account": {"q": "seeded-00000"},
        "search user": {"q": "user-7"},
        "search nothing": {"q": "nowhere to be found"},
    }
    return {
        "creditusagelog": {
            **calls,
            "settled": {"status__exact": "settled"},
            "void": {"status__exact": "void"},
            "unknown": {"status__exact": "unknown"},
            "refused, quiet account": {"status__exact": "refused", "account__id__exact": seeded.quiet},
            "error code": {"error_code": "provider_timeout"},
            "unknown error code": {"error_code": "nothing"},
            "constants": {"price_source": "constants"},
            "exact": {"confidence__exact": "exact"},
            "estimated": {"confidence__exact": "estimated"},
            "unpriced": {"confidence__exact": "unpriced"},
            "unpriced, a week": {"confidence__exact": "unpriced", **dates("admitted_at")["week"]},
            "estimated, model": {"confidence__exact": "estimated", "model": "gpt-4o-mini"},
            "search refused request": {"q": seeded.refused_request},
        },
        "hold": {
            **calls,
            "settled": {"state__exact": "settled"},
            "void": {"state__exact": "void"},
            "unknown": {"state__exact": "unknown"},
            "sent": {"state__exact": "sent"},
            "held, none": {"state__exact": "held"},
            "unknown, busy account": {"state__exact": "unknown", "account__id__exact": seeded.busy},
        },
        "ledgerentry": {
            "newest": {},
            "last page": last,
            **accounts(seeded),
            **dates("created_at"),
            "charges": {"kind__exact": "charge"},
            "overruns": {"kind__exact": "overrun"},
            "expiries, none": {"kind__exact": "expiry"},
            "grants, busy account": {"kind__exact": "grant", "account__id__exact": seeded.busy},
            "charges, quiet account": {"kind__exact": "charge", "account__id__exact": seeded.quiet},
            "search request": {"q": seeded.settled_request},
            "search unknown request": {"q": NOWHERE},
            "search account": {"q": "seeded-00000"},
            "search nothing": {"q": "nowhere to be found"},
        },
        "grant": {
            "newest": {},
            "last page": last,
            **accounts(seeded),
            **dates("created_at"),
            "promotions": {"source__exact": "promotion"},
            "refunds, none": {"source__exact": "refund"},
            "paid": {"is_paid__exact": "1"},
            "left": {"left": "yes"},
            "expired": {"left": "expired"},
            "search external id": {"q": "seeded-7777"},
            "search account": {"q": "seeded-00777"},
            "search nothing": {"q": "nowhere to be found"},
        },
        "account": {
            "first": {},
            "last page": last,
            "by available": {"o": "-7"},
            "in debt": {"debt": "yes"},
            "inactive": {"is_active__exact": "0"},
            "search slug": {"q": "seeded-00777"},
            "search external id": {"q": "crm-777"},
            "search nothing": {"q": "nowhere to be found"},
        },
        "accountbalance": {"first": {}, "last page": last, "search": {"q": "seeded-00777"}},
        "storedratecard": {
            "newest": {},
            "last page": last,
            "account": {"account__id__exact": seeded.busy},
            "search account": {"q": "seeded-00777"},
            "search unknown card": {"q": NOWHERE},
        },
        "apikey": {"newest": {}, "active": {"state": "active"}, "search": {"q": "igny8_"}},
        "membership": {
            "first": {},
            "account": {"account__id__exact": seeded.busy},
            "search": {"q": "seeded"},
        },
    }
