"""The product as `make run` serves it, with one address more: it makes a charged call inside the serving process.

POST /test/call?account=SLUG&model=NAME answers {"cost": …, "input_tokens": …, "output_tokens": …, "source": …}.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

from igny8_core.project.asgi import Receive, Scope, Send
from igny8_core.project.asgi import application as product


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http" or scope["path"] != "/test/call":
        await product(scope, receive, send)
        return
    query = parse_qs(scope["query_string"].decode())
    answer = await asyncio.to_thread(call, query["account"][0], query["model"][0])
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def call(account: str, model: str) -> dict[str, Any]:
    from igny8_core.ai.ai_core import AICore
    from igny8_core.business.credits.models import Account

    core = AICore(account=Account.objects.get(slug=account))
    result = core.run_ai_request(prompt="Hello", model=model, max_tokens=50)
    return {
        "cost": str(result.cost),
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "source": result.cost_source,
    }
