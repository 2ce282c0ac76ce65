"""The chart's colours stand out from the page and can be told apart with any kind of colour vision."""

from __future__ import annotations

import math
import re
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest

from igny8_core.modules import usage
from igny8_core.modules.usage.chart import NAMED

CSS = (Path(usage.__file__).parent / "static/usage/by_day.css").read_text()
Colour = tuple[float, ...]

# What people without one kind of cone see (Machado, Oliveira and Fernandes 2009), in linear RGB.
VISIONS: Final = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def colours(theme: str) -> dict[str, Colour]:
    """name -> linear RGB; the dark theme changes some of the light one's."""
    light, dark = (
        re.search(rf"^{start} \{{(.*?)\}}", CSS, re.DOTALL | re.MULTILINE)
        for start in ("#usage", ".dark #usage")
    )
    assert light is not None
    assert dark is not None
    text = light[1] + (dark[1] if theme == "dark" else "")
    found = re.findall(r"--usage-(\w+): #(\w\w)(\w\w)(\w\w);", text)
    return {name: tuple(_linear(int(part, 16) / 255) for part in parts) for name, *parts in found}


def series(theme: str) -> list[Colour]:
    return [colours(theme)[str(number)] for number in range(NAMED + 1)]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_stands_out_from_the_page(theme: str) -> None:
    page = _luminance(colours(theme)["page"])
    for colour in series(theme):
        darker, lighter = sorted((page, _luminance(colour)))
        assert (lighter + 0.05) / (darker + 0.05) >= 3


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_any_two_can_be_told_apart(theme: str, vision: str) -> None:
    seen = [
        _oklab(tuple(sum(map(math.prod, zip(row, colour, strict=True))) for row in VISIONS[vision]))
        for colour in series(theme)
    ]
    assert min(math.dist(one, other) for one, other in combinations(seen, 2)) >= 0.11


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _luminance(colour: Colour) -> float:
    return sum(map(math.prod, zip((0.2126, 0.7152, 0.0722), colour, strict=True)))


def _oklab(colour: Colour) -> Colour:
    """A space in which distances are about as people see them; 0.02 is just noticeable side by side."""
    r, g, b = (min(max(part, 0), 1) for part in colour)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    middle = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
