"""Answers of keyed calls as they are kept: JSON, encrypted, up to a size."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.encoding import force_str

from igny8_core.ai.results import Charged, GeneratedImage, ImageResult, TextResult
from igny8_core.business.conf import setting


def seal(result: Charged) -> str | None:
    """The result encrypted; None where it is larger than ANSWER_MAX_BYTES and so is not kept."""
    plain = json.dumps(result.to_json(), default=str).encode()
    if len(plain) > setting("ANSWER_MAX_BYTES"):
        return None
    return _fernet().encrypt(plain).decode()


def unseal(answer: str) -> Charged | None:
    """The result as it was, marked as replayed; None where no key that is still known opens it."""
    try:
        data: dict[str, Any] = json.loads(_fernet().decrypt(answer))
    except InvalidToken:
        return None
    data["request_id"] = UUID(data["request_id"])
    data["cost"], data["credits"] = Decimal(data["cost"]), Decimal(data["credits"])
    if "images" in data:
        data["images"] = tuple(GeneratedImage(**image) for image in data["images"])
        return ImageResult(**data).as_replay()
    data["tool_calls"], data["choices"] = tuple(data["tool_calls"]), tuple(data["choices"])
    return TextResult(**data).as_replay()


def _fernet() -> MultiFernet:
    """Keys derived from SECRET_KEY and its fallbacks, so that rotating one loses no answer."""
    secrets = map(force_str, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
    digests = (sha256(b"igny8.stored_answers" + secret.encode()).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
