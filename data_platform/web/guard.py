"""The guard: a pure ASGI middleware that everything served stands behind.

What belongs here: who is refused, with which words, and the headers of every answer. What does not: finding out who is
at the other end (`peers`), and settings (`access`).

A web page that a user has open can send requests to this machine: by its own name for 127.0.0.1 (DNS rebinding, so Host
is looked at), as an image or a form (so nothing is changed by GET, and Origin is looked at), and by a websocket, which
no browser holds to one origin (so Origin is looked at there too). Other users of this machine reach loopback as well,
therefore the kernel is asked whose process it is; where it does not say, the token counts, as in Jupyter.
"""

from collections.abc import Iterable, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_platform.settings import ALLOWED_HOSTS_VARIABLE
from data_platform.web.access import Access
from data_platform.web.peers import peer_of

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN: Final = frozenset({"same-origin", "none"})
_IN_ADDRESS: Final = frozenset({"query", "variables", "operationName", "extensions"})
_NO_FRAMES: Final = "frame-ancestors 'none'"
_POLICY_VIOLATION: Final = 1008  # RFC 6455, 7.4.1


class Guard:
    """Lets through what its user asks for, and nobody else."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        *,
        graphql: Iterable[str] = (),
        with_credentials_of_their_own: Sequence[str] = (),
    ) -> None:
        """Wrap an application.

        Args:
            app: The application. Serve it with `PeerProtocol`, or everybody needs the token.
            access: Who may use it.
            graphql: Beginnings of paths that run what is sent to them, which has to come as JSON in the body of a POST.
            with_credentials_of_their_own: Beginnings of paths that ask for credentials themselves, so that one who is
                not known needs no token; one who is known to be another user is refused all the same.
        """
        self._app = app
        self._access = access
        self._graphql = tuple(graphql)
        self._own_credentials = tuple(with_credentials_of_their_own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse a request; part of ASGI."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._foreign(scope, headers) or self._stranger(scope, headers) or self._misused(scope, headers)
        if refused is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await refused(scope, receive, _with_headers(send))

    def _foreign(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse what another web page sends."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._access.knows_host(hosts[0]):
            return _refusal(f"This is not the host that was asked for. Add its name to {ALLOWED_HOSTS_VARIABLE}.", 421)
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        site = headers.get("sec-fetch-site", "none")
        if changes:
            origins = headers.getlist("origin")
            if site not in _OWN or any(not _is_origin_of(origin, hosts[0]) for origin in origins):
                return _refusal("Another web page may not change anything here.")
        elif site not in _OWN and (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) != (
            "navigate",
            "document",
        ):
            return _refusal("Another web page may link to this one, and no more.")
        return None

    def _stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse who is not the user and does not have the token."""
        access, peer = self._access, peer_of(scope)
        if peer == access.uid and not access.everybody_needs_the_token:
            return None
        if peer in {None, access.uid} and scope["path"].startswith(self._own_credentials):
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and access.is_token(given.strip()):
            return None
        name = _cookie_name(scope)
        if any(access.is_cookie(value) for value in _cookies(headers, name)):
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for key, value in query if key == "token"]
        if scope["type"] == "http" and scope["method"] == "GET" and any(map(access.is_token, tokens)):
            return _welcome(scope, name, access.cookie, [pair for pair in query if pair[0] != "token"])
        return _refusal(
            "This belongs to another user of this machine, or it cannot be told whose process asks. Its owner's "
            "console says where the token lies: add it to this address, as ?token=…"
        )

    def _misused(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse to run what comes in an address, where every page can put it."""
        # By its beginning: Starlette takes "/graphql", a line feed at the end, for that path as well.
        if scope["type"] != "http" or not scope["path"].startswith(self._graphql):
            return None
        query = scope["query_string"].decode("latin-1")
        keys = {key for key, _ in parse_qsl(query, keep_blank_values=True)}
        if keys & _IN_ADDRESS or (query and scope["method"] != "POST"):
            text = "A GraphQL document is not taken from an address. Send it as JSON in the body of a POST."
            return _refusal(text, 405, {"Allow": "POST"})
        content = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] == "POST" and content != "application/json":
            return _refusal("Send GraphQL as application/json.", 415)
        return None


def _is_origin_of(origin: str, host: str) -> bool:
    """Whether a header ``Origin`` (RFC 6454: ``scheme://host[:port]``, or ``null``) is that of this very host."""
    scheme, separator, rest = origin.partition("://")
    return bool(separator) and scheme in {"http", "https"} and rest.lower() == host.lower()


def _refusal(text: str, status: int = 403, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers={"Cache-Control": "no-store", **(headers or {})})


def _cookie_name(scope: Scope) -> str:
    """A name of its own for each port, since browsers send cookies to all ports of a host."""
    server = scope.get("server") or ("", 0)
    return f"data-platform-{server[1]}"


def _cookies(headers: Headers, name: str) -> list[str]:
    values = []
    for header in headers.getlist("cookie"):
        try:
            morsel = SimpleCookie(header).get(name)
        except CookieError:
            continue
        if morsel is not None:
            values.append(morsel.value)
    return values


def _welcome(scope: Scope, name: str, cookie: str, query: list[tuple[str, str]]) -> Response:
    """Give a cookie for the token, and lead to the same page without the token in its address."""
    # Two slashes at the beginning, or a backslash, would lead to another host.
    address = "/" + quote(scope["path"].lstrip("/")) + (f"?{urlencode(query)}" if query else "")
    response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    response.set_cookie(name, cookie, httponly=True, samesite="strict", secure=scope["scheme"] == "https")
    return response


def _with_headers(send: Send) -> Send:
    """Add to every answer what keeps it out of other pages; an application's own policy is kept, and made stricter."""

    async def sending(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(scope=message)
            policies = headers.getlist("content-security-policy")
            if not any("frame-ancestors" in policy for policy in policies):
                # Of several policies each has to allow something, so one more only ever forbids.
                headers.append("content-security-policy", _NO_FRAMES)
            headers["x-frame-options"] = "DENY"
            headers["x-content-type-options"] = "nosniff"
            headers["cross-origin-resource-policy"] = "same-origin"
            headers.setdefault("referrer-policy", "same-origin")
        await send(message)

    return sending
