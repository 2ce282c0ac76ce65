from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

MODELS = "/api/v1/billing/ai/models/"
ESTIMATE = "/api/v1/billing/ai/estimate/"
COMPARE = "/api/v1/billing/ai/compare/"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """Of a refusal, whose envelope has nothing but what an error has."""
        assert list(self.body) == ["success", "message", "error"]
        assert self.body["success"] is False
        assert list(self.body["error"]) == ["code", "details"]
        return str(self.body["error"]["code"])

    @property
    def details(self) -> Any:
        return self.body["error"]["details"]

    @property
    def names(self) -> list[str]:
        return [model["model_name"] for model in self.body["data"]]


class Caller:
    """Somebody with these credentials, or none."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def get(self, url: str = MODELS, **headers: str) -> Answer:
        return self.send("GET", url, **headers)

    def post(self, url: str, body: Any, **headers: str) -> Answer:
        return self.send("POST", url, json.dumps(body), **headers)

    def patch(self, name: str, body: Any, **headers: str) -> Answer:
        return self.send("PATCH", f"{MODELS}{name}/", json.dumps(body), **headers)

    def send(
        self,
        method: str,
        url: str,
        body: str | bytes = "",
        *,
        content_type: str = "application/json",
        **headers: str,
    ) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            named.setdefault("authorization", f"Bearer {self.token}")
        response = self.client.generic(method, url, body, content_type=content_type, headers=named)
        content = json.loads(response.content) if response.content else None
        return Answer(response.status_code, content, dict(response.headers))
