from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import time
import warnings
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog
from litestar import Request, get, post

from servicekit.base.correlation import REQUEST_ID
from servicekit.base.logs import LogFormat, configure_logs
from servicekit.base.redaction import Redactor
from servicekit.base.settings import Secret
from servicekit.base.vault import SealBroken, Vault, generate_setting
from servicekit.http.client import ApiClient
from servicekit.http.errors import UpstreamUnavailable
from servicekit.web.api_keys import ApiKeys, api_key_guard
from servicekit.web.app import build_app

ACCESS = "c4naryacce55a1b2c3d4e5f60718293a4b5c6d7e"
REFRESH = "c4naryrefre5b1c2d3e4f5061728394a5b6c7d8e"
CODE = "c4narycode0c1d2e3f405162738495a6b7c8d9ea"
API_KEY = "canary-key/with+signs?"
PASSWORD = "canary pass&word"
BOT = "7000000001:AAc4narybot-token_0123456789abcdefg"
INIT_DATA = "query_id=AAc4nary&user=%7B%22id%22%3A1%7D&auth_date=1&hash=c4nary0123456789abcdef0123456789abcdef01"
CANARIES = (ACCESS, REFRESH, CODE, API_KEY, PASSWORD, BOT, INIT_DATA)


def encodings(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode()
    return {
        secret,
        quote(secret, safe=""),
        encoded,
        encoded.rstrip("="),
        base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    }


def found_in(text: str) -> set[str]:
    return {form for secret in CANARIES for form in encodings(secret) if form in text}


@post("/echo", operation_id="Echo", status_code=200, guards=[api_key_guard(ApiKeys.parse(f"k:{API_KEY}"))])
async def echo(request: Request[Any, Any, Any]) -> dict[str, str]:
    log = structlog.get_logger("app")
    body = await request.json()
    log.info(
        "body", **body, headers=dict(request.headers), nested={"tokens": [ACCESS], "deep": {"client_secret": PASSWORD}}
    )
    log.info("callback", url=str(request.url), raw=request.url.query, form=f"code={CODE}&grant_type=x")
    sentence = f"refresh {REFRESH} of {request.headers['authorization']}"
    log.warning(sentence, bytes=ACCESS.encode(), secret=Secret(PASSWORD))
    logging.getLogger("library").warning("GET https://api/x?access_token=%s headers=%r", ACCESS, dict(request.headers))
    logging.getLogger("library").debug("url https://api.telegram.org/bot%s/getMe", BOT)
    return {"access_token": ACCESS}


def refuse(sentence: str) -> None:
    raise ValueError(sentence)


@get("/crash", operation_id="Crash")
async def crash(request: Request[Any, Any, Any]) -> None:
    local = ACCESS
    try:
        refuse(f"the token {local} and {base64.b64encode(REFRESH.encode()).decode()} were refused")
    except ValueError as error:
        raise RuntimeError({"client_secret": PASSWORD, "headers": dict(request.headers), "code": CODE}) from error


async def walk_through_everything() -> None:
    app = build_app(title="t", version="1", route_handlers=[echo, crash], problems={})
    headers = {"x-api-key": API_KEY, "authorization": f"tma {INIT_DATA}", "cookie": f"session={ACCESS}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t", headers=headers) as client:  # type: ignore[arg-type]
        body = {
            "access_token": ACCESS,
            "refresh_token": REFRESH,
            "client_secret": PASSWORD,
            "code": CODE,
            "initData": INIT_DATA,
        }
        assert (
            await client.post(f"/echo?code={CODE}&state=s&initData={quote(INIT_DATA)}", json=body)
        ).status_code == 200
        assert (await client.post("/echo", json=body, headers={"x-api-key": REFRESH})).status_code == 401
        assert (await client.post("/echo", content=ACCESS.encode())).status_code == 400
        assert (await client.get(f"/crash?access_token={ACCESS}")).status_code == 500
        assert (await client.get(f"/{ACCESS}?x={CODE}")).status_code == 404
    await ask_strava()
    vault = Vault.from_setting(generate_setting())
    try:
        vault.open(ACCESS, subject=REFRESH, purpose="x")
    except SealBroken:
        structlog.get_logger("app").exception("seal", sealed=vault.seal(ACCESS, subject="s", purpose="p"))
    logging.getLogger("sqlalchemy.engine.Engine").info("INSERT %r", {"access_token": ACCESS})
    try:
        refuse(f"postgresql://ayda:{quote(PASSWORD)}@host/db?password={quote(PASSWORD)}")
    except ValueError:
        logging.getLogger("library").exception("cannot connect to postgresql://ayda:%s@host/db", quote(PASSWORD))


async def ask_strava() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("down"):
            raise httpx.ConnectError(f"no way to {request.url} with {request.headers}")
        return httpx.Response(200, json={"access_token": ACCESS})

    strava = ApiClient("http://strava", "strava", transport=httpx.MockTransport(answer), retry_delays_s=())
    headers = {"Authorization": Secret(f"Bearer {ACCESS}")}
    form: dict[str, str | Secret] = {"client_secret": Secret(PASSWORD), "refresh_token": REFRESH}
    reply = await strava.request("POST", "oauth/token", form=form, params={"code": CODE}, headers=headers)
    structlog.get_logger("app").info("answer", reply=reply, client=strava)
    try:
        await strava.request("GET", "down", params={"access_token": ACCESS}, headers=headers)
    except UpstreamUnavailable:
        structlog.get_logger("app").exception("down")
    await strava.close()


@pytest.mark.parametrize("fmt", ["json", "console"])
@pytest.mark.usefixtures("pristine")
async def test_no_secret_reaches_the_log_on_any_path(fmt: LogFormat, capfd: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    configure_logs("DEBUG", fmt, secrets=[Secret(API_KEY), Secret(PASSWORD)], stream=stream)
    await walk_through_everything()
    written = stream.getvalue()
    outside = capfd.readouterr()
    assert found_in(written) == set()
    assert found_in(outside.out + outside.err) == set()
    for event in ("request_crashed", "callback", "answer", "seal", "cannot connect", "RuntimeError", "ValueError"):
        assert event in written, "the walk must really have been logged"
    if fmt == "json":
        assert all(isinstance(json.loads(line), dict) for line in written.splitlines())


@pytest.mark.usefixtures("pristine")
def test_our_events_and_the_libraries_share_one_form_and_the_request_id() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream=stream)
    token = REQUEST_ID.set("abcd1234")
    structlog.get_logger("ours").info("synced", activities=7, status_code=200, state="ready", ratio=0.5, error_code="x")
    logging.getLogger("theirs").warning("took %d ms", 5, extra={"job": "sync"})
    REQUEST_ID.reset(token)
    structlog.get_logger("ours").debug("hidden")
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    stamp = ours.pop("timestamp")
    assert stamp.endswith("Z")
    assert ours == {
        "event": "synced", "activities": 7, "status_code": 200, "state": "ready", "ratio": 0.5, "error_code": "x",
        "request_id": "abcd1234", "level": "info", "logger": "ours",
    }  # fmt: skip
    assert (theirs["event"], theirs["job"], theirs["request_id"]) == ("took 5 ms", "sync", "abcd1234")


@pytest.mark.usefixtures("pristine")
def test_configuring_twice_does_not_write_twice() -> None:
    first, second = io.StringIO(), io.StringIO()
    configure_logs("INFO", "json", stream=first)
    configure_logs("INFO", "json", stream=second)
    logging.getLogger("x").info("once")
    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 1


@pytest.mark.usefixtures("pristine")
def test_logs_go_to_standard_error_and_never_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs("INFO", "console")
    structlog.get_logger("x").info("hello")
    out, err = capfd.readouterr()
    assert (out, "hello" in err) == ("", True)


@pytest.mark.usefixtures("pristine")
def test_addresses_of_http_libraries_and_access_logs_stay_out() -> None:
    stream = io.StringIO()
    configure_logs("DEBUG", "json", stream=stream)
    for name in ("httpx", "httpcore.http11", "uvicorn.access", "sqlalchemy.engine.Engine", "asyncio"):
        logging.getLogger(name).info("GET /?code=x")
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("pristine")
def test_no_server_puts_a_line_together_that_nobody_would_read() -> None:
    configure_logs("DEBUG", "json", stream=io.StringIO())
    assert not logging.getLogger("uvicorn.access").hasHandlers()  # what uvicorn asks of each connection


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("GET /callback?state=ab&code=cd&scope=read", "GET /callback?state=***&code=***&scope=read"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ('{"refresh_token": "ab", "n": 1}', '{"refresh_token": "***", "n": 1}'),
        ("{'client_secret': 'ab', 'n': 1}", "{'client_secret': '***', 'n': 1}"),
        ("postgresql://ayda:pw@host/db", "postgresql://ayda:***@host/db"),
        ("route 018f3c5e-7a6b-7c1d-9e2f-0123456789ab is here", "route 018f3c5e-7a6b-7c1d-9e2f-0123456789ab is here"),
        ("status_code=200 tokens left: 5", "status_code=200 tokens left: 5"),
        (f"it was {ACCESS}", "it was ***"),
        (
            "the work of an ordinary sentence, 2026-06-01T00:00:00Z",
            "the work of an ordinary sentence, 2026-06-01T00:00:00Z",
        ),
    ],
)
def test_text_loses_its_secrets_and_nothing_else(text: str, clean: str) -> None:
    assert Redactor().text(text) == clean


@pytest.mark.parametrize("unit", ["a", "a.", "token", "secret_", "1a", "bearer ", "a://b:", "code=", "%3D", "1234567:"])
def test_a_hostile_text_is_masked_in_bounded_time(unit: str) -> None:
    def cost_s(length: int) -> float:
        begun_s = time.process_time()
        Redactor(["canary-secret"]).traceback(unit * length)
        return time.process_time() - begun_s

    # what grows with the square costs sixteen times as much
    assert cost_s(300_000) < 8 * cost_s(75_000) + 0.1


@pytest.mark.parametrize("form", sorted(encodings("short?pw")))
def test_a_known_secret_is_masked_wherever_it_stands(form: str) -> None:
    assert Redactor(["short?pw"]).text(f"they said {form} to me") == "they said *** to me"


@pytest.mark.usefixtures("pristine")
def test_exceptions_lose_even_short_tokens() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream=stream)
    try:
        refuse(ACCESS[:24])
    except ValueError:
        logging.getLogger("theirs").exception("failed")
        structlog.get_logger("ours").exception("failed")
    assert ACCESS[:24] not in stream.getvalue()
    assert stream.getvalue().count("ValueError: ***") == 2


def test_a_traceback_keeps_its_files_and_loses_what_looks_like_a_token() -> None:
    trace = f'Traceback:\n  File "/srv/servicekit_with_a_long_name_2/x.py", line 5, in f\nValueError: {ACCESS[:24]}'
    assert Redactor().traceback(trace) == trace.replace(ACCESS[:24], "***")


def test_warnings_are_logged_and_the_pipeline_survives_strange_values(pristine: None) -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream=stream)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn(f"token={ACCESS}", UserWarning, stacklevel=1)
    loop: list[Any] = []
    loop.append(loop)
    structlog.get_logger("x").info(
        "strange", loop=loop, nan=float("nan"), task=asyncio.Event, number=10**30, key=("a", {1})
    )
    assert ACCESS not in stream.getvalue()
    assert "strange" in stream.getvalue()


@pytest.mark.usefixtures("pristine")
def test_people_appear_under_a_tag_that_ends_with_the_process():
    lines = []
    for _ in range(2):
        stream = io.StringIO()
        configure_logs("INFO", "json", stream=stream)
        for athlete in (5550001, 5550001, 5550002):
            structlog.get_logger("t").info("connected", athlete_id=athlete, telegram_id=str(athlete), status=404)
        assert "5550001" not in stream.getvalue()
        lines.append([json.loads(line) for line in stream.getvalue().splitlines()])
    first, second = lines
    assert first[0]["athlete_id"] == first[1]["athlete_id"] == first[0]["telegram_id"] != first[2]["athlete_id"]
    assert first[0]["athlete_id"] != second[0]["athlete_id"]
    assert first[0]["status"] == 404
