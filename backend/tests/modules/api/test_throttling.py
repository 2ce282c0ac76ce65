"""A client gets what its rate allows, then 429 with the seconds to wait; nobody escapes by a header."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection, transaction

from igny8_core.business import postgres
from igny8_core.business.credits.models import Account
from igny8_core.business.errors import LedgerUnavailable
from igny8_core.modules.auth import tokens
from igny8_core.modules.throttling import arrivals, throttles
from igny8_core.modules.throttling.arrivals import admit, forget_idle
from igny8_core.modules.throttling.rates import Rate, parse_rate
from tests.modules.api.caller import MODELS, Answer, Caller

TOKEN = "/api/v1/auth/token/"
SetRates = Callable[..., None]


@pytest.fixture
def rates(settings: Any) -> SetRates:
    def change(*, proxies: int = 0, **rates: str | None) -> None:
        known = settings.REST_FRAMEWORK
        settings.REST_FRAMEWORK = known | {
            "NUM_PROXIES": proxies,
            "DEFAULT_THROTTLE_RATES": known["DEFAULT_THROTTLE_RATES"] | rates,
        }

    return change


def guess(username: str | float = "nobody-at-all", *, address: str = "192.0.2.1", **headers: str) -> Answer:
    caller = Caller(None)
    caller.client.defaults["REMOTE_ADDR"] = address
    body = json.dumps({"username": username, "password": "wrong"})
    return caller.send("POST", TOKEN, body, **headers)


def just_below(seconds: int, wait: int) -> bool:
    """The clock goes on while a test runs, on a slow machine for a while."""
    return seconds - 60 < wait <= seconds


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM throttling_arrival")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("spelled", "requests", "interval_us"),
    [
        ("60/min", 60, 1_000_000),
        ("10/s", 10, 100_000),
        ("3/second", 3, 333_333),
        ("1000/h", 1000, 3_600_000),
        ("1/day", 1, 86_400_000_000),
    ],
)
def test_a_rate_is_read(spelled: str, requests: int, interval_us: int) -> None:
    assert parse_rate(spelled) == Rate(requests, interval_us)


@pytest.mark.parametrize(
    "spelled", ["", "60", "0/min", "-1/min", "1.5/min", "60/fortnight", "60/", "/min", "x/s"]
)
def test_a_rate_that_is_none_is_refused(spelled: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"the throttle rate '{spelled}' is not like 60/min"):
        parse_rate(spelled)


def test_the_projects_rates_can_be_read() -> None:
    configured = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
    assert {name: parse_rate(rate).requests for name, rate in configured.items()} == {
        "user": 600,
        "api_key": 600,
        "token_address": 20,
        "token_username": 30,
        "token_refresh": 120,
    }


def test_so_many_at_once_and_then_the_seconds_to_wait() -> None:
    rate = parse_rate("6/h")
    waits = [admit(client="x", rate=rate, retry_seconds=2) for _ in range(8)]
    assert waits[:6] == [0] * 6
    assert all(just_below(600, wait) for wait in waits[6:])


def test_what_is_refused_costs_nothing() -> None:
    rate = parse_rate("5/s")
    assert [admit(client="x", rate=rate, retry_seconds=2) for _ in range(4)] == [0] * 4
    for _ in range(50):
        admit(client="x", rate=rate, retry_seconds=2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT earned_at - clock_timestamp() <= interval '1 second' FROM throttling_arrival")
        assert cursor.fetchone() == (True,)


def test_the_allowance_comes_back_evenly() -> None:
    rate = parse_rate("4/h")
    assert [admit(client="x", rate=rate, retry_seconds=2) for _ in range(4)] == [0, 0, 0, 0]
    assert just_below(900, admit(client="x", rate=rate, retry_seconds=2))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE throttling_arrival SET earned_at = earned_at - interval '15 minutes'")
    assert admit(client="x", rate=rate, retry_seconds=2) == 0
    assert just_below(900, admit(client="x", rate=rate, retry_seconds=2))


@pytest.mark.parametrize(("minutes", "wait"), [(0, 900), (59, 59 * 60 + 900), (61, 0), (100_000, 0)])
def test_a_clock_that_was_put_back_makes_nobody_wait_longer_than_twice(minutes: int, wait: int) -> None:
    rate = parse_rate("4/h")
    assert [admit(client="x", rate=rate, retry_seconds=2) for _ in range(4)] == [0] * 4
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE throttling_arrival SET earned_at = earned_at + %s * interval '1 minute'", [minutes]
        )
    answers = [admit(client="x", rate=rate, retry_seconds=2) for _ in range(5)]
    if wait:
        assert all(just_below(wait, answer) for answer in answers)
    else:
        assert answers[:4] == [0] * 4
        assert just_below(900, answers[4])


def test_a_client_that_waits_for_a_slow_rate_is_free_of_it_once_the_rate_is_a_fast_one() -> None:
    assert admit(client="x", rate=parse_rate("1/d"), retry_seconds=2) == 0
    waits = [admit(client="x", rate=parse_rate("3/h"), retry_seconds=2) for _ in range(4)]
    assert waits[:3] == [0] * 3
    assert just_below(1200, waits[3])


def test_clients_are_counted_apart(rates: SetRates, alice: User, bob: User, key: Caller) -> None:
    rates(user="2/h", api_key="3/h")
    first, second = (Caller(tokens.issue(user)[0]) for user in (alice, bob))
    assert [first.get().status for _ in range(3)] == [200, 200, 429]
    assert [second.get().status for _ in range(3)] == [200, 200, 429]
    assert [key.get().status for _ in range(4)] == [200, 200, 200, 429]


def test_a_user_is_one_client_by_whichever_token_or_session(rates: SetRates, alice: User) -> None:
    rates(user="2/h")
    assert [Caller(tokens.issue(alice)[0]).get().status for _ in range(2)] == [200, 200]
    browser = Caller(None)
    browser.client.force_login(alice)
    assert browser.get().status == 429


def test_the_refusal_is_exact(rates: SetRates, reader: Caller) -> None:
    rates(user="1/h")
    assert reader.get().status == 200
    answer = reader.get(f"{MODELS}gpt-4o/")
    assert answer.status == 429
    seconds = answer.details["retry_after_seconds"]
    assert just_below(3600, seconds)
    assert answer.body == {
        "success": False,
        "message": f"too many requests; try again in {seconds} s",
        "error": {"code": "throttled", "details": {"retry_after_seconds": seconds}},
    }
    assert answer.headers["Retry-After"] == str(seconds)


def test_a_304_and_a_refusal_count_too(rates: SetRates, reader: Caller) -> None:
    rates(user="3/h")
    tag = reader.get().headers["ETag"]
    assert reader.get(if_none_match=tag).status == 304
    assert reader.get(f"{MODELS}?colour=red").status == 400
    assert reader.get().status == 429


def test_none_switches_it_off(rates: SetRates, reader: Caller) -> None:
    rates(user=None)
    assert reader.get().status == 200
    assert rows() == 0


def test_guessing_from_one_address_is_throttled(rates: SetRates) -> None:
    rates(token_address="3/h")
    statuses = [guess(f"user-{number}").status for number in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    answer = guess("user-9")
    assert answer.code == "throttled"
    assert just_below(1200, answer.details["retry_after_seconds"])
    assert guess(address="192.0.2.2").status == 401


def test_guessing_at_one_user_is_throttled_from_wherever(rates: SetRates, alice: User) -> None:
    rates(token_username="3/h")
    spelled = [alice.username, f" {alice.username}", alice.username.upper(), alice.username]
    statuses = [guess(name, address=f"192.0.2.{number}").status for number, name in enumerate(spelled)]
    assert statuses == [401, 401, 401, 429]
    body = json.dumps({"username": alice.username, "password": "alice says so"})
    assert Caller(None).send("POST", TOKEN, body).status == 429
    assert guess("somebody-else").status == 401


@pytest.mark.parametrize("spelled", [12345, "12345", 12345.5])
def test_a_name_that_is_written_as_a_number_is_counted_like_its_digits(
    rates: SetRates, spelled: str | float
) -> None:
    rates(token_username="2/h")
    statuses = [
        guess(name, address=f"192.0.2.{number}").status
        for number, name in enumerate([spelled, str(spelled), spelled])
    ]
    assert statuses == [401, 401, 429]


def test_no_single_address_keeps_a_user_out(rates: SetRates, alice: User) -> None:
    rates(token_address="2/h", token_username="3/h")
    assert [guess(alice.username).status for _ in range(20)] == [401, 401] + [429] * 18
    body = json.dumps({"username": alice.username, "password": "alice says so"})
    assert Caller(None).send("POST", TOKEN, body).status == 200


def test_renewing_is_counted_apart_from_guessing(rates: SetRates, alice: User) -> None:
    rates(token_address="1/h", token_refresh="2/h")
    body = json.dumps({"refresh": tokens.issue(alice)[1]})
    renew = [Caller(None).send("POST", f"{TOKEN}refresh/", body).status for _ in range(3)]
    assert renew == [200, 200, 429]
    assert guess(address="127.0.0.1").status == 401


def test_a_header_that_anybody_can_send_does_not_make_another_client(rates: SetRates) -> None:
    rates(token_address="2/h")
    assert settings.REST_FRAMEWORK["NUM_PROXIES"] == 0
    statuses = [
        guess(
            f"user-{number}", x_forwarded_for=f"198.51.100.{number}", x_real_ip=f"198.51.100.{number}"
        ).status
        for number in range(4)
    ]
    assert statuses == [401, 401, 429, 429]


def test_behind_one_proxy_the_address_is_the_one_that_it_adds(rates: SetRates) -> None:
    rates(proxies=1, token_address="2/h")
    forged = [f"10.0.0.{number}, 198.51.100.7" for number in range(3)]
    assert [guess(f"user-{n}", x_forwarded_for=given).status for n, given in enumerate(forged)] == [
        401,
        401,
        429,
    ]
    assert guess(x_forwarded_for="10.0.0.1, 198.51.100.8").status == 401


def test_the_addresses_of_one_ipv6_network_are_one_client(rates: SetRates) -> None:
    rates(token_address="2/h")
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2::3"]
    statuses = [guess(f"user-{n}", address=address).status for n, address in enumerate(addresses)]
    assert statuses == [401, 401, 429]
    assert guess(address="2001:db8:1:3::1").status == 401


@pytest.mark.parametrize("spelled", ["198.51.100.7:{}", "[2001:db8:1:2::{}]:80", "[2001:db8:1:2::{}]"])
def test_a_port_that_a_proxy_adds_to_the_address_makes_no_other_client(rates: SetRates, spelled: str) -> None:
    rates(proxies=1, token_address="2/h")
    statuses = [guess(f"user-{n}", x_forwarded_for=spelled.format(5000 + n)).status for n in range(3)]
    assert statuses == [401, 401, 429]


@pytest.mark.parametrize(
    "address", ["", "[", "1:2:x", "unix:", "fe80::1%eth0", "::ffff:192.0.2.9", "x" * 10_000]
)
def test_an_address_of_any_form_is_counted(rates: SetRates, address: str) -> None:
    rates(token_address="1/h")
    assert [guess(f"user-{number}", address=address).status for number in range(2)] == [401, 429]


def test_neither_a_username_nor_what_was_typed_for_one_is_kept() -> None:
    guess("my password, typed into the wrong field")
    with connection.cursor() as cursor:
        cursor.execute("SELECT client FROM throttling_arrival ORDER BY client")
        clients = [row[0] for row in cursor.fetchall()]
    assert clients[0] == "token_address:192.0.2.1"
    assert [len(client) for client in clients[1:]] == [len("token_username:") + 64]


def test_a_transaction_that_rolls_back_gives_no_request_back(rates: SetRates, reader: Caller) -> None:
    rates(user="2/h")
    for _ in range(2):
        with transaction.atomic():
            assert reader.get().status == 200
            transaction.set_rollback(True)
    assert reader.get().status == 429


def test_a_request_in_a_long_transaction_blocks_no_other(
    rates: SetRates, reader: Caller, account: Account
) -> None:
    with transaction.atomic():
        assert reader.get().status == 200
        seen = postgres.run(
            lambda c: c.execute(
                "SELECT count(*) FROM throttling_arrival WHERE client LIKE 'user:%'"
            ).fetchone(),
            retry_seconds=1,
        )
        assert seen == (1,)
        assert reader.get().status == 200


def test_idle_clients_are_forgotten_and_others_are_not() -> None:
    for number in range(5):
        admit(client=f"idle-{number}", rate=Rate(1, 1), retry_seconds=2)
    admit(client="busy", rate=parse_rate("1/h"), retry_seconds=2)
    assert forget_idle() == 5
    assert rows() == 1
    assert just_below(3600, admit(client="busy", rate=parse_rate("1/h"), retry_seconds=2))


def test_requests_themselves_forget_idle_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "FORGET_EVERY", 1)
    for number in range(20):
        admit(client=f"idle-{number}", rate=Rate(1, 1), retry_seconds=2)
    assert rows() <= 1


def away(**_: object) -> int:
    raise LedgerUnavailable("the database did not answer")


def test_where_nothing_can_be_counted_reading_goes_on(
    reader: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "admit", away)
    assert reader.get().status == 200


def test_where_nothing_can_be_counted_nobody_may_guess(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "admit", away)
    body = json.dumps({"username": alice.username, "password": "alice says so"})
    answer = Caller(None).send("POST", TOKEN, body)
    assert (answer.status, answer.code) == (503, "ledger_unavailable")


def test_the_migration_goes_both_ways_and_between_them_reading_goes_on(reader: Caller) -> None:
    call_command("migrate", "throttling", "zero", verbosity=0)
    try:
        assert reader.get().status == 200
        answer = guess()
        assert (answer.status, answer.code) == (503, "tables_missing")
    finally:
        call_command("migrate", "throttling", verbosity=0)
    assert guess().status == 401
    assert rows() == 2


def test_the_table_is_unlogged_so_that_no_request_waits_for_the_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'throttling_arrival'")
        assert cursor.fetchone() == ("u",)
