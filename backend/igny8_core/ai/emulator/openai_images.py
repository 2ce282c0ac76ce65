"""Image generations: real pictures of the size asked for, in one colour that the prompt decides."""

import base64
import hashlib
import re

from igny8_core.ai.emulator.answer import Answer, Json, Request, dumped
from igny8_core.ai.emulator.openai_refusal import Refusal, required, whole_number
from igny8_core.ai.emulator.openai_usage import estimated_tokens, scripted
from igny8_core.ai.emulator.png import png
from igny8_core.ai.emulator.scripts import Script, merged

# Output tokens of one 1024x1024 picture of the gpt-image models; other sizes follow by area.
# Source: the table of the image generation guide, platform.openai.com/docs/guides/image-generation.
TOKENS_OF_A_SQUARE = {"low": 272, "medium": 1056, "high": 4160}
SQUARE = 1024 * 1024
LARGEST_SIDE = 4096

Size = tuple[int, int]


def answer(*, body: Json, request: Request, script: Script) -> Answer:
    model: str = required(body, "model", str)
    prompt: str = required(body, "prompt", str)
    count = whole_number(body, "n", default=1, most=10) or 1
    size = _size(body)
    token_priced = model.startswith("gpt-image")
    shape = body.get("response_format")
    if token_priced and shape is not None:
        param = "response_format"
        raise Refusal(400, f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")
    if shape not in (None, "url", "b64_json"):
        raise Refusal(400, f"Invalid value: '{shape}'.", param="response_format", code="invalid_value")
    reply: Json = {"created": request.received_at}
    reply["data"] = [_picture(request, prompt, index, size, shape) for index in range(count)]
    if model == "dall-e-3":
        reply["data"] = [{**picture, "revised_prompt": prompt} for picture in reply["data"]]
    if token_priced:
        quality = body.get("quality", "auto")
        reply |= {"size": "{}x{}".format(*size), "quality": "medium" if quality == "auto" else quality}
        reply |= {"background": "opaque", "output_format": "png"}
        counted = _usage(prompt=prompt, image_tokens=count * _image_tokens(reply["quality"], size))
        usage = scripted(counted, script.usage, summed=("input_tokens", "output_tokens"))
        if usage is not None:
            reply["usage"] = usage
    elif script.usage:
        reply["usage"] = dict(script.usage)
    reply = merged(reply, script.reply)
    return Answer(status=200, parts=(dumped(reply),), usage=reply.get("usage"))


def picture_at(path: str) -> bytes | None:
    """The picture behind a link given out by `response_format: url`: everything it shows is in its path."""
    found = PICTURE_PATH.fullmatch(path)
    if found is None:
        return None
    width, height = int(found["width"]), int(found["height"])
    if not (_drawable(width) and _drawable(height)):
        return None
    return png(width=width, height=height, rgb=bytes.fromhex(found["rgb"]))


def _picture(request: Request, prompt: str, index: int, size: Size, shape: str | None) -> Json:
    width, height = size
    rgb = hashlib.sha256(dumped([prompt, index])).digest()[:3]
    if shape == "url":
        return {"url": f"{request.origin}/pictures/{width}x{height}-{rgb.hex()}.png"}
    return {"b64_json": base64.b64encode(png(width=width, height=height, rgb=rgb)).decode()}


def _size(body: Json) -> Size:
    size = body.get("size")
    if size in (None, "auto"):
        return 1024, 1024
    found = SIZE.fullmatch(size) if isinstance(size, str) else None
    if found is None or not all(map(_drawable, map(int, found.groups()))):
        message = f"Invalid value: '{size}'. A size is '<width>x<height>', each 1 to {LARGEST_SIDE}."
        raise Refusal(400, message, param="size", code="invalid_value")
    return int(found[1]), int(found[2])


def _drawable(side: int) -> bool:
    return 1 <= side <= LARGEST_SIDE


def _image_tokens(quality: object, size: Size) -> int:
    if not isinstance(quality, str) or quality not in TOKENS_OF_A_SQUARE:
        allowed = ", ".join(TOKENS_OF_A_SQUARE)
        message = f"Invalid value: '{quality}'. Supported values are: auto, {allowed}."
        raise Refusal(400, message, param="quality", code="invalid_value")
    return max(1, TOKENS_OF_A_SQUARE[quality] * size[0] * size[1] // SQUARE)


def _usage(*, prompt: str, image_tokens: int) -> Json:
    text_tokens = estimated_tokens(prompt)
    return {
        "input_tokens": text_tokens,
        "output_tokens": image_tokens,
        "total_tokens": text_tokens + image_tokens,
        "input_tokens_details": {"text_tokens": text_tokens, "image_tokens": 0},
    }


SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
PICTURE_PATH = re.compile(r"/pictures/(?P<width>\d{1,5})x(?P<height>\d{1,5})-(?P<rgb>[0-9a-f]{6})\.png")
