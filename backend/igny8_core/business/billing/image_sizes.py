"""What the list of an image model's sizes may hold."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.exceptions import ValidationError

SIZE: Final = re.compile(r"[1-9]\d{0,4}x[1-9]\d{0,4}\Z")
MOST_SIZES: Final = 50


def check_sizes(sizes: Any) -> None:
    """Raises ValidationError for anything but a list of different strings like "1024x1024"."""
    if not isinstance(sizes, list):
        raise ValidationError(
            f'sizes must be a list, e.g. ["1024x1024", "1024x1792"]; this is {_shown(sizes)}',
            code="not_a_list",
        )
    if len(sizes) > MOST_SIZES:
        raise ValidationError(
            f"{len(sizes)} sizes; at most {MOST_SIZES} can be listed", code="too_many_sizes"
        )
    if bad := [size for size in sizes if not (isinstance(size, str) and SIZE.match(size))]:
        raise ValidationError(
            f'a size is a string of width, "x" and height, e.g. "1024x1024"; this is none: {_shown(bad[0])}',
            code="not_a_size",
        )
    if twice := sorted({size for size in sizes if sizes.count(size) > 1}):
        raise ValidationError(f"listed more than once: {', '.join(twice)}", code="repeated_size")


def _shown(value: Any) -> str:
    return repr(value)[:60]
