"""Takes the pictures of the documentation from the running product.

python -m dev.pictures URL USERNAME PASSWORD    in backend/, while `make run` serves at URL
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PAGES = {"models.png": "/admin/billing/aimodelconfig/"}


def main(url: str, username: str, password: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1400, "height": 760}, color_scheme="light")
        page.goto(f"{url}/admin/login/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{url}/admin/")
        for name, path in PAGES.items():
            page.goto(url + path)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / name)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
