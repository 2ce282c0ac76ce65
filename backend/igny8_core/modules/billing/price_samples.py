"""Examples for the schema: what the addresses of prices answer for the models that are seeded."""

from __future__ import annotations

from typing import Any, Final

INPUT: Final[dict[str, Any]] = {
    "unit": "input_tokens",
    "amount": "0.1500",
    "per": 1_000_000,
    "condition": "",
    "is_estimate": False,
}
CACHED: Final[dict[str, Any]] = {
    "unit": "cached_input_tokens",
    "amount": "0.0750",
    "per": 1_000_000,
    "condition": "",
    "is_estimate": False,
}
OUTPUT: Final[dict[str, Any]] = {
    "unit": "output_tokens",
    "amount": "0.6000",
    "per": 1_000_000,
    "condition": "",
    "is_estimate": False,
}
MINI_RATES: Final[list[dict[str, Any]]] = [
    {
        "unit": "cached_input_tokens",
        "amount": "0.0750",
        "per": 1_000_000,
        "condition": "",
        "is_estimate": False,
        "conditions": {
            "service_tier": "",
            "is_batch": False,
            "above_input_tokens": 0,
            "image_size": "",
            "image_quality": "",
        },
        "valid_from": None,
        "valid_to": None,
        "source_url": "https://github.com/pydantic/genai-prices",
        "checked_on": "2026-11-22",
    }
]
MINI_DETAIL: Final[dict[str, Any]] = {
    "pricing": {
        "card": "6d65b201-d798-4ea1-6be3-dea2e71a7ccb",
        "valid_from": None,
        "valid_to": None,
        "prices": [INPUT, CACHED, OUTPUT],
    },
    "rates": MINI_RATES,
    "aliases": ["gpt-4o-mini-2024-07-18"],
}
DALL_E_DETAIL: Final[dict[str, Any]] = {
    "pricing": {
        "card": "7f30c177-0503-ca75-046e-66a6ff2d1018",
        "valid_from": None,
        "valid_to": None,
        "prices": [{"unit": "images", "amount": "0.0400", "per": 1, "condition": "", "is_estimate": False}],
    },
    "rates": [],
    "aliases": [],
}
ESTIMATED: Final[dict[str, Any]] = {
    "as_of": "2026-12-01T00:00:00Z",
    "usage": {"input_tokens": 400, "cached_input_tokens": 600, "output_tokens": 200},
    "models": [
        {
            "model": "gpt-4o-mini",
            "model_name": "gpt-4o-mini",
            "is_active": True,
            "cost_usd": "0.000225",
            "lines": [
                {"unit": "input_tokens", "quantity": 400, "amount_usd": "0.00006", "rate": INPUT},
                {"unit": "cached_input_tokens", "quantity": 600, "amount_usd": "0.000045", "rate": CACHED},
                {"unit": "output_tokens", "quantity": 200, "amount_usd": "0.00012", "rate": OUTPUT},
            ],
            "confidence": "exact",
            "card": "6d65b201-d798-4ea1-6be3-dea2e71a7ccb",
            "error": None,
        },
        {
            "model": "gpt-9",
            "model_name": None,
            "is_active": False,
            "cost_usd": None,
            "lines": [],
            "confidence": None,
            "card": None,
            "error": {"code": "unknown_model", "message": "no model has the name or alias 'gpt-9'"},
        },
        {
            "model": "dall-e-3",
            "model_name": "dall-e-3",
            "is_active": True,
            "cost_usd": None,
            "lines": [],
            "confidence": "unpriced",
            "card": "7f30c177-0503-ca75-046e-66a6ff2d1018",
            "error": {"code": "unpriced_usage", "message": "dall-e-3 has no rate for 400 input_tokens"},
        },
    ],
}
COMPARED: Final[dict[str, Any]] = {
    "as_of": "2026-12-01T00:00:00Z",
    "workload": {
        "input_tokens": 2_000,
        "cached_tokens": 1_000,
        "output_tokens": 300,
        "images": 0,
        "image_size": "",
        "image_quality": "",
        "calls_a_month": 100_000,
    },
    "models": [
        {
            "model": "gpt-4o-mini",
            "model_name": "gpt-4o-mini",
            "display_name": "GPT-4o mini - Fast & Affordable",
            "model_type": "text",
            "is_active": True,
            "context_window": 128_000,
            "max_output_tokens": 16_000,
            "valid_sizes": [],
            "capabilities": {"json_mode": True, "vision": False, "function_calling": True},
            "prices": [INPUT, CACHED, OUTPUT],
            "cost_usd": "0.000405",
            "lines": [
                {"unit": "input_tokens", "quantity": 1_000, "amount_usd": "0.00015", "rate": INPUT},
                {"unit": "cached_input_tokens", "quantity": 1_000, "amount_usd": "0.000075", "rate": CACHED},
                {"unit": "output_tokens", "quantity": 300, "amount_usd": "0.00018", "rate": OUTPUT},
            ],
            "month_usd": "40.5000",
            "confidence": "exact",
            "cached_as_input": False,
            "misfits": [],
            "card": "6d65b201-d798-4ea1-6be3-dea2e71a7ccb",
            "error": None,
        },
        {
            "model": "gpt-4.1",
            "model_name": "gpt-4.1",
            "display_name": "GPT-4.1",
            "model_type": "text",
            "is_active": True,
            "context_window": 8_000,
            "max_output_tokens": None,
            "valid_sizes": [],
            "capabilities": {"json_mode": True, "vision": False, "function_calling": True},
            "prices": [
                {
                    "unit": "input_tokens",
                    "amount": "2.0000",
                    "per": 1_000_000,
                    "condition": "",
                    "is_estimate": False,
                },
                {
                    "unit": "cached_input_tokens",
                    "amount": "0.5000",
                    "per": 1_000_000,
                    "condition": "",
                    "is_estimate": False,
                },
                {
                    "unit": "output_tokens",
                    "amount": "8.0000",
                    "per": 1_000_000,
                    "condition": "",
                    "is_estimate": False,
                },
            ],
            "cost_usd": "0.0049",
            "lines": [
                {
                    "unit": "input_tokens",
                    "quantity": 1_000,
                    "amount_usd": "0.0020",
                    "rate": {
                        "unit": "input_tokens",
                        "amount": "2.0000",
                        "per": 1_000_000,
                        "condition": "",
                        "is_estimate": False,
                    },
                },
                {
                    "unit": "cached_input_tokens",
                    "quantity": 1_000,
                    "amount_usd": "0.0005",
                    "rate": {
                        "unit": "cached_input_tokens",
                        "amount": "0.5000",
                        "per": 1_000_000,
                        "condition": "",
                        "is_estimate": False,
                    },
                },
                {
                    "unit": "output_tokens",
                    "quantity": 300,
                    "amount_usd": "0.0024",
                    "rate": {
                        "unit": "output_tokens",
                        "amount": "8.0000",
                        "per": 1_000_000,
                        "condition": "",
                        "is_estimate": False,
                    },
                },
            ],
            "month_usd": "490.0000",
            "confidence": "exact",
            "cached_as_input": False,
            "misfits": [],
            "card": "c1d1f9a2-14ed-69c3-4c84-df45bf05ea51",
            "error": None,
        },
    ],
}
RECORDED: Final[list[dict[str, Any]]] = [
    {
        "recorded_at": "2026-11-22T15:04:18.450747Z",
        "replaced_at": None,
        "is_deleted": False,
        "provider": "openai",
        "input_cost_per_1m": "0.1500",
        "output_cost_per_1m": "0.6000",
        "cost_per_image": None,
        "rates": MINI_RATES,
    },
    {
        "recorded_at": "2026-11-22T15:04:18.243459Z",
        "replaced_at": "2026-11-22T15:04:18.450747Z",
        "is_deleted": False,
        "provider": "openai",
        "input_cost_per_1m": "0.1500",
        "output_cost_per_1m": "0.6000",
        "cost_per_image": None,
        "rates": [],
    },
]
