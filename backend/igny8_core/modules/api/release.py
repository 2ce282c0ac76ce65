"""What the API says of itself: its release, in the schema and in entity tags, and the schema's first page."""

from __future__ import annotations

from typing import Final

RELEASE: Final = "0.1.0"

TAGS: Final = [
    {"name": "Models", "description": "The models that calls can name, with their prices."},
    {"name": "Prices", "description": "What prices were and will be, and what calls cost at them."},
    {
        "name": "Tokens",
        "description": "For people: obtained with a password, renewed without one, and revoked.",
    },
]

DESCRIPTION: Final = """
Prices of AI models, read and changed over HTTP.

**Answers** are `{"success": true, "message": "…", "data": …}`; errors are
`{"success": false, "message": "…", "error": {"code": "…", "details": {…}}}`. The message is for people; the code is
stable. Money is USD in strings of at least four decimals, never a JSON number.

**Prices have a time.** With `?at=2026-12-01T00:00:00Z` an answer has the prices charged then: those of a past day as
they were, those to come as they are scheduled. Without it, they are those of now.

**Authenticate** with `Authorization: Bearer` and an access token or an API key (`igny8_…`), or from a page of this site
in a browser that is logged in. In that case what changes something needs the header `X-CSRFToken`.

**Ask again cheaply.** Models come with an `ETag` that changes with every edit, whoever makes it, and when a scheduled price begins. Send it back as
`If-None-Match`: while it holds, the answer is 304 and has no body. Send it as `If-Match` with a change: if anything was
edited since, the answer is 412 and nothing is changed.

**Throttling** counts each user and each API key over all servers together: unless set otherwise, 600 requests at once,
and then ten a second.
Beyond that the answer is 429 with `Retry-After` in seconds.

What is not understood (a filter, a field, a value) is refused by name with what is allowed, never ignored.
""".strip()
