"""Image generations."""

import base64
import struct
import zlib
from typing import Any

import pytest
import urllib3
from openai import BadRequestError, OpenAI

from igny8_core.ai.emulator.client import Emulator
from tests.ai.emulator.conftest import Wire


def drawn(picture: bytes) -> tuple[int, int, bytes, bytes]:
    """Width, height, the palette and the pixel rows of a PNG whose every checksum is right."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        kind, data = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", picture, at + 8 + length) == (zlib.crc32(kind + data),)
        chunks[kind] = data
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height = struct.unpack_from(">II", chunks[b"IHDR"])
    return width, height, chunks[b"PLTE"], zlib.decompress(chunks[b"IDAT"])


def test_it_draws_as_many_real_pictures_as_asked_for_in_the_size_asked_for(sdk: OpenAI) -> None:
    answer = sdk.images.generate(model="dall-e-2", prompt="a fox", n=2, size="512x512")
    assert answer.data is not None
    pictures = [base64.b64decode(image.b64_json or "") for image in answer.data]
    assert [drawn(picture)[:2] for picture in pictures] == [(512, 512), (512, 512)]
    assert pictures[0] != pictures[1]
    assert [drawn(picture)[3] for picture in pictures] == [bytes(65 * 512)] * 2
    assert answer.usage is None


def test_the_same_prompt_has_the_same_picture(wire: Wire) -> None:
    bodies = [wire.post("/images/generations", {"model": "dall-e-2", "prompt": "a fox"}) for _ in range(2)]
    assert bodies[0].json()["data"] == bodies[1].json()["data"]


def test_dall_e_3_says_how_it_understood_the_prompt(sdk: OpenAI) -> None:
    answer = sdk.images.generate(model="dall-e-3", prompt="a fox", size="1024x1792")
    assert answer.data is not None
    assert answer.data[0].revised_prompt == "a fox"


def test_a_link_leads_back_to_the_emulator(emulator: Emulator, sdk: OpenAI) -> None:
    answer = sdk.images.generate(model="dall-e-3", prompt="a fox", size="1792x1024", response_format="url")
    assert answer.data is not None
    link = answer.data[0].url
    assert link is not None
    assert link.startswith(f"{emulator.url}/pictures/1792x1024-")
    served = urllib3.request("GET", link)
    assert served.headers["content-type"] == "image/png"
    assert drawn(served.data)[:2] == (1792, 1024)


@pytest.mark.parametrize(
    ("asked", "tokens"),
    [
        ({}, 1056),
        ({"quality": "low"}, 272),
        ({"quality": "high", "size": "1024x1536"}, 6240),
        ({"quality": "medium", "size": "1536x1024", "n": 2}, 2 * 1584),
    ],
)
def test_gpt_image_reports_tokens(wire: Wire, asked: dict[str, Any], tokens: int) -> None:
    answer = wire.post("/images/generations", {"model": "gpt-image-1", "prompt": "a red fox"} | asked).json()
    assert answer["usage"] == {
        "input_tokens": 3,
        "output_tokens": tokens,
        "total_tokens": 3 + tokens,
        "input_tokens_details": {"text_tokens": 3, "image_tokens": 0},
    }


def test_image_usage_can_be_scripted(emulator: Emulator, sdk: OpenAI, name: str) -> None:
    emulator.script(name, {"usage": {"input_tokens": 500, "input_tokens_details": {"image_tokens": 323}}})
    usage = sdk.images.generate(model="gpt-image-1", prompt="a red fox").usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (500, 1056, 1556)
    assert (usage.input_tokens_details.text_tokens, usage.input_tokens_details.image_tokens) == (3, 323)


def test_gpt_image_knows_no_response_format(sdk: OpenAI) -> None:
    with pytest.raises(BadRequestError) as refused:
        sdk.images.generate(model="gpt-image-1", prompt="a fox", response_format="url")
    assert (refused.value.param, refused.value.code) == ("response_format", "unknown_parameter")


@pytest.mark.parametrize(
    ("changed", "param", "message"),
    [
        ({"prompt": ""}, "prompt", "Invalid value for 'prompt'."),
        ({"n": 11}, "n", "Invalid 'n': expected an integer, 1 to 10."),
        (
            {"size": "huge"},
            "size",
            "Invalid value: 'huge'. A size is '<width>x<height>', each 1 to 4096.",
        ),
        (
            {"size": "4097x1"},
            "size",
            "Invalid value: '4097x1'. A size is '<width>x<height>', each 1 to 4096.",
        ),
        (
            {"model": "gpt-image-1", "quality": "hd"},
            "quality",
            "Invalid value: 'hd'. Supported values are: auto, low, medium, high.",
        ),
    ],
)
def test_a_bad_request_is_refused(wire: Wire, changed: dict[str, Any], param: str, message: str) -> None:
    response = wire.post("/images/generations", {"model": "dall-e-2", "prompt": "a fox"} | changed)
    assert response.status == 400
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": "invalid_value"}
    assert response.json() == {"error": error}
