"""Small pictures of yes and no in lists, with their words for those who do not see them."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

GOOD = "text-green-700 dark:text-green-400"
MARKED = "text-primary-600 dark:text-primary-500"
QUIET = "text-base-400 dark:text-base-500"


def icon(name: str, words: str, colour: str) -> SafeString:
    """A symbol of Unfold's font; `words` are its title and what a screen reader says."""
    return format_html(
        '<span class="material-symbols-outlined {}" role="img" aria-label="{}" title="{}">{}</span>',
        colour,
        words,
        words,
        name,
    )


def active_icon(is_active: bool) -> SafeString:
    return icon("check_circle", "Active", GOOD) if is_active else icon("pause_circle", "Inactive", QUIET)


def default_icon(is_default: bool) -> SafeString:
    if is_default:
        return icon("star", "Default", MARKED)
    return format_html(
        '<span class="{}" role="img" aria-label="Not default" title="Not default">–</span>', QUIET
    )
