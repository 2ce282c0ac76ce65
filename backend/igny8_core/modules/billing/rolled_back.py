"""What the admin's pages say while the tables of prices are rolled back."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.admin import site
from django.db import ProgrammingError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from psycopg.errors import UndefinedTable

GetResponse = Callable[[HttpRequest], HttpResponse]


class RolledBackMiddleware:
    """Calls go on meanwhile, priced from the constants; a page of prices has nothing to show, and says why."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        is_missing = isinstance(error, ProgrammingError) and isinstance(error.__cause__, UndefinedTable)
        match = request.resolver_match
        if (
            not is_missing
            or match is None
            or "admin" not in match.namespaces
            or '"billing_' not in str(error)
        ):
            return None
        context = {**site.each_context(request), "title": "Prices are rolled back"}
        return render(request, "billing/rolled_back.html", context, status=503)
