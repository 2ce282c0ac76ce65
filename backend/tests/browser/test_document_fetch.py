"""The document's example for a frontend, as written, in a browser in which somebody is logged in."""

from __future__ import annotations

from django.contrib.auth.models import User

from tests.browser.conftest import PASSWORD, OpenWindow

JAVASCRIPT = """
async () => {
// Fetch all text models
const response = await fetch('/api/v1/billing/ai/models/?type=text');
const { data: models } = await response.json();

// Display in dropdown
models.forEach(model => {
console.log(model.display_name, model.pricing_display);
});
}
"""


def test_api_usage_frontend(open_window: OpenWindow) -> None:
    window = open_window()
    said: list[str] = []
    window.page.on("console", lambda message: said.append(message.text))
    window.open("/admin/")
    window.page.evaluate(JAVASCRIPT)
    assert said == [
        "GPT-4o mini - Fast & Affordable $0.1500/$0.6000 per 1M",
        "GPT-4o - High Quality $2.5000/$10.0000 per 1M",
        "GPT-4.1 $2.0000/$8.0000 per 1M",
        "GPT-5.1 $1.2500/$10.0000 per 1M",
        "GPT-5.2 $1.7500/$14.0000 per 1M",
    ]


def test_a_frontend_without_a_login_brings_a_token(open_window: OpenWindow, operator: User) -> None:
    """Authentication: Required (JWT). Nobody is logged in here: the page obtains a token and sends it."""
    window = open_window(user=None)
    window.open("/admin/login/")
    names = window.page.evaluate(
        """async ([username, password]) => {
            const body = new URLSearchParams({username, password});
            const issued = await fetch('/api/v1/auth/token/', {method: 'POST', body});
            const { data: tokens } = await issued.json();
            const headers = {Authorization: `Bearer ${tokens.access}`};
            const response = await fetch('/api/v1/billing/ai/models/?type=image', {headers});
            const { data: models } = await response.json();
            return models.map(model => model.model_name);
        }""",
        [operator.username, PASSWORD],
    )
    assert names == ["dall-e-3", "dall-e-2"]
