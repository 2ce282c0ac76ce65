"""Chat completions, whole and streamed.

Unless a script gives the text, a choice says `<model> (messages: <number>, bytes: <number>) <words>`. The
words are the SHA-256 of the model, the messages and the choice's index, in eight groups of hexadecimal. So
the same question always has the same answer, and any other question another one.
"""

import hashlib
from collections.abc import Iterator

from igny8_core.ai.emulator.answer import Answer, Json, Request, dumped
from igny8_core.ai.emulator.openai_refusal import Refusal, required, whole_number
from igny8_core.ai.emulator.openai_usage import BYTES_A_TOKEN, estimated_tokens, scripted
from igny8_core.ai.emulator.scripts import NATURAL, Script, merged

FINGERPRINT = "fp_emulator"


def answer(*, body: Json, request: Request, script: Script) -> Answer:
    completion = _completion(body=body, request=request, script=script)
    if body.get("stream") is not True:
        return Answer(status=200, parts=(dumped(completion),), usage=completion.get("usage"))
    options = body.get("stream_options")
    wants_usage = isinstance(options, dict) and options.get("include_usage") is True
    events = [_event(dumped(chunk)) for chunk in _chunks(completion, wants_usage=wants_usage)]
    return Answer(
        status=200,
        parts=(*events, _event(b"[DONE]")),
        streamed=True,
        content_type="text/event-stream; charset=utf-8",
        usage=completion.get("usage") if wants_usage else None,
    )


def _completion(*, body: Json, request: Request, script: Script) -> Json:
    model: str = required(body, "model", str)
    messages: list[object] = required(body, "messages", list)
    count = whole_number(body, "n", default=1, most=128) or 1
    cap = whole_number(body, "max_completion_tokens", default=whole_number(body, "max_tokens", default=None))
    question = "".join(_texts(messages))
    texts, choices = [], []
    for index in range(count):
        spoken = _said(model, messages, question, index) if script.text is None else script.text
        text = spoken if cap is None else _within(spoken, cap)
        natural = "stop" if text == spoken else "length"
        texts.append(text)
        choices.append(
            {
                "index": index,
                "message": {"role": "assistant", "content": text, "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": natural if script.finish_reason == NATURAL else script.finish_reason,
            }
        )
    tier = body.get("service_tier")
    completion: Json = {
        "id": f"chatcmpl-{request.serial}",
        "object": "chat.completion",
        "created": request.received_at,
        "model": model,
        "choices": choices,
        "service_tier": "default" if tier in (None, "auto") else tier,
        "system_fingerprint": FINGERPRINT,
    }
    counted = _usage(prompt=estimated_tokens(question), completion=sum(map(estimated_tokens, texts)))
    usage = scripted(counted, script.usage, summed=("prompt_tokens", "completion_tokens"))
    if usage is not None:
        completion["usage"] = usage
    return merged(completion, script.reply)


def _usage(*, prompt: int, completion: int) -> Json:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _chunks(completion: Json, *, wants_usage: bool) -> Iterator[Json]:
    """The completion piece by piece: role, words, finish reason, and the usage only if it was asked for."""
    head = {key: completion[key] for key in completion if key not in ("choices", "usage")}
    head["object"] = "chat.completion.chunk"
    # Asked for usage, the real one also says `"usage": null` in every chunk before the last.
    tail: Json = {"usage": None} if wants_usage else {}
    for choice in completion["choices"]:
        text: str = choice["message"]["content"]
        opening = {"role": "assistant", "content": "", "refusal": None}
        deltas = [opening, *({"content": word} for word in _words(text)), {}]
        for delta in deltas:
            piece = {
                "index": choice["index"],
                "delta": delta,
                "logprobs": None,
                "finish_reason": None if delta else choice["finish_reason"],
            }
            yield {**head, "choices": [piece], **tail}
    if wants_usage and "usage" in completion:
        yield {**head, "choices": [], "usage": completion["usage"]}


def _event(data: bytes) -> bytes:
    return b"data: " + data + b"\n\n"


def _words(text: str) -> list[str]:
    """The words with their spaces, so that joined they are the text again."""
    pieces = text.split(" ")
    return [word for word in [pieces[0], *(" " + piece for piece in pieces[1:])] if word]


def _texts(messages: list[object]) -> Iterator[str]:
    """The text of every message; parts of other kinds are left out of the count."""
    for index, message in enumerate(messages):
        match message:
            case {"content": str(text)}:
                yield text
            case {"content": list(parts)}:
                yield from (part["text"] for part in parts if _is_text(part))
            case {"tool_calls": list()}:
                continue
            case _:
                param = f"messages[{index}]"
                raise Refusal(400, f"Invalid value for '{param}'.", param=param, code="invalid_value")


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def _said(model: str, messages: list[object], question: str, index: int) -> str:
    digest = hashlib.sha256(dumped([model, messages, index])).hexdigest()
    words = " ".join(digest[at : at + 8] for at in range(0, 64, 8))
    return f"{model} (messages: {len(messages)}, bytes: {len(question.encode())}) {words}"


def _within(text: str, tokens: int) -> str:
    return text.encode()[: tokens * BYTES_A_TOKEN].decode(errors="ignore")
