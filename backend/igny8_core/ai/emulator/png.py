"""Real PNG pictures of any size in a few hundred bytes."""

import struct
import zlib
from functools import lru_cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(*, width: int, height: int, rgb: bytes) -> bytes:
    """A picture of one colour: one bit a pixel, and a palette that holds only that colour."""
    # Bit depth 1, colour type 3 (palette), then the only compression, filter and interlace in use.
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", header),
        _chunk(b"PLTE", rgb),
        _chunk(b"IDAT", _pixels(width, height)),
        _chunk(b"IEND", b""),
    )
    return SIGNATURE + b"".join(chunks)


@lru_cache(maxsize=64)
def _pixels(width: int, height: int) -> bytes:
    """Each row is a filter byte and its pixels, all the palette's first colour, so all zero."""
    return zlib.compress(bytes(1 + (width + 7) // 8) * height, level=9)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
