"""What the runner prints when everything answers."""

from collections.abc import Sequence
from dataclasses import dataclass

CHARGED_CALL = (
    "from igny8_core.ai.ai_core import AICore; "
    "from igny8_core.business.credits.models import Account; "
    "r = AICore(account=Account.objects.get(slug='{account}')).run_ai_request(prompt='Say hello'); "
    "print(r.content, r.cost, r.credits)"
)


@dataclass(frozen=True, slots=True)
class Demo:
    """What `seed_demo --json` answers."""

    username: str
    password: str
    api_key: str
    account: str


def welcome(*, demo: Demo, server_url: str, emulator_url: str | None, keys: Sequence[str] = ()) -> str:
    """Addresses, the login, and two lines that work as pasted from the repository root."""
    rows = [
        ("Console", f"{server_url}/admin/"),
        ("API", f"{server_url}/api/v1/billing/ai/models/"),
        ("API docs", f"{server_url}/api/docs/"),
        ("Health", f"{server_url}/healthz"),
    ]
    if emulator_url:
        stands_in = "the AI providers without a key" if keys else "the AI providers"
        rows.append(("Emulator", f"{emulator_url}/  (stands in for {stands_in}; shows every call)"))
    if keys:
        rows.append(
            ("Real calls", f"{', '.join(keys)} is set here: such calls reach the provider and cost money")
        )
    rows += [("Login", f"{demo.username} / {demo.password}"), ("API key", demo.api_key)]
    setting = f"IGNY8_EMULATOR_URL={emulator_url} " if emulator_url else ""
    listing = f'curl -s -H "Authorization: Bearer {demo.api_key}" {server_url}/api/v1/billing/ai/models/'
    call = f'{setting}.venv/bin/python backend/manage.py shell --no-imports -c "{CHARGED_CALL.format(account=demo.account)}"'
    lines = [
        "",
        "igny8 is ready.",
        "",
        *(f"  {name:<10}{value}" for name, value in rows),
        "",
        "List the priced models:",
        "",
        listing,
        "",
        "Make a charged call:",
        "",
        call,
        "",
        "Ctrl-C stops everything.",
    ]
    return "\n".join(lines)
