"""The control API over a lab: every verb as ``POST /verbs/NAME``, for drivers in other processes.

Whoever holds the token can make boxes charge on somebody's server; so it listens on loopback only, and a request
without the token is told nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulators.lab.running import RunningLab
from simulators.lab.setting import LabError
from simulators.lab.verbs import VERBS

PATIENCE_S = 3  # with verbs under way at the end: docker stop kills 10 s after its SIGTERM

Endpoint = Callable[[Request], Awaitable[Response]]


def control_app(running: RunningLab, token: str) -> Starlette:
    """The API of one lab, for whoever sends ``Authorization: Bearer TOKEN``."""

    async def verbs(request: Request) -> Response:
        return JSONResponse([_described(name) for name in sorted(VERBS)])

    async def perform(request: Request) -> Response:
        try:
            arguments = _arguments(await request.body())
            answer = await run_in_threadpool(running.ask, request.path_params["name"], arguments)
        except LabError as refused:
            return PlainTextResponse(str(refused), 409)
        except asyncio.CancelledError:  # who is ended with verbs under way says so, instead of a traceback
            return PlainTextResponse("the lab ends", 503)
        return JSONResponse(answer)

    return Starlette(
        routes=[
            Route("/verbs", _guarded(verbs, token), methods=["GET"]),
            Route("/verbs/{name}", _guarded(perform, token), methods=["POST"]),
        ]
    )


def _guarded(endpoint: Endpoint, token: str) -> Endpoint:
    expected = f"Bearer {token}".encode()

    async def guarded(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, expected):
            return PlainTextResponse("say Authorization: Bearer TOKEN, as the lab printed it", 401)
        return await endpoint(request)

    return guarded


def _arguments(body: bytes) -> dict[str, Any]:
    try:
        arguments = json.loads(body or b"{}")
    except ValueError:
        raise LabError("the body is not JSON; send an object of arguments") from None
    if not isinstance(arguments, dict):
        raise LabError(f"the body is {type(arguments).__name__}; send an object of arguments")
    return arguments


def _described(name: str) -> dict[str, Any]:
    function = VERBS[name]
    parameters = [str(parameter) for parameter in inspect.signature(function, eval_str=True).parameters.values()]
    return {"verb": name, "arguments": parameters[1:], "help": inspect.getdoc(function)}


def serve(running: RunningLab, token: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve a lab's control API on loopback until Ctrl-C; ``announce`` is told its address once it listens."""
    import socket

    import uvicorn

    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"

        class Announced(uvicorn.Server):
            """Tells its address when it heeds signals: who ends it at once ends it as it should be."""

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                announce(address)

        app = control_app(running, token)
        config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=PATIENCE_S)
        Announced(config).run(sockets=[listening])
