"""Asking a server for a file: safely, within limits, and with every fault in one line.

Only ``https`` is asked, or ``http`` on this machine; a redirect does not lead out of that. What
arrives is counted as it arrives (:data:`multipolar.limits.SLOWEST` and what stands beside it), so
that neither a server that trickles nor one that never ends holds us. Nothing secret is ever sent:
no login, no cookie.
"""

from __future__ import annotations

import email.utils
import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.message import Message
from typing import Any, Literal, NoReturn, TypeVar
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable

T = TypeVar("T")
BY_HAND = "download the file with a browser and use `multipolar data add`"
CONNECTION = f"check the connection and try again, or {BY_HAND}"
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_SHOWN = 200  # characters of an address in an error
_SAFE = "%/:=&?~#+!$,;'@()*[]"  # in a path or a query, as they stand
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_.])?")
_CHUNK = 1 << 18


class CutOff(Exception):
    """A transfer that broke off, and may go well if tried again.

    Attributes:
        hint: what may help.
        wait: seconds that the server asks us to wait.
        over: it would not go better at once.
    """

    def __init__(
        self, why: str, *, hint: str = CONNECTION, wait: float = 0.0, over: bool = False
    ) -> None:
        super().__init__(why)
        self.hint, self.wait, self.over = hint, wait, over


def shown(url: str) -> str:
    """Return an address fit for an error: short, and without a login.

    Example:
        >>> shown("https://me:secret@example.org/a")
        'https://example.org/a'
    """
    return printable(re.sub(r"//[^/?#]*@", "//", url), _SHOWN)


# Addresses ----------------------------------------------------------------------------------


def address(url: str) -> str:
    """Return an address in ASCII, if it is one that may be asked.

    Raises:
        DataError: it is none, has a login or characters that do not belong in one, or is ``http``
            of another machine.

    Example:
        >>> address("https://Bücher.example/à la?x=1".replace(" ", "%20"))
        'https://xn--bcher-kva.example/%C3%A0%20la?x=1'
    """
    if len(url) > limits.ADDRESS:
        raise _no_address(url, f"over {limits.ADDRESS:,} characters")
    if not url.isprintable() or any(c.isspace() or c in '\\<>"^`{|}' for c in url):
        raise _no_address(url, "a blank, or another character that does not belong in one")
    try:
        parts = urlsplit(url)
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError as fault:  # UnicodeError is one
        raise _no_address(url, printable(str(fault))) from None
    if parts.scheme not in {"http", "https"}:
        raise _no_address(url, "it does not begin with https://")
    if not host or port == 0:
        raise _no_address(url, "no server is named")
    if "@" in parts.netloc:
        raise DataError(
            "the address has a login in it, which is not sent",
            where=shown(url),
            hint="leave the part before the @ out",
        )
    if parts.scheme == "http" and not is_here(host):
        raise DataError(
            "http is not asked: what comes over it can be changed on the way",
            where=shown(url),
            hint=f"use https://, or {BY_HAND}",
        )
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port else ""
    path, query = quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE)
    return urlunsplit((parts.scheme, place, path, query, ""))


def is_here(host: str) -> bool:
    """Tell whether a server is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(name: str) -> str:
    if ":" in name and "%" not in name:  # a zone is of this machine, and of no address
        return str(ipaddress.IPv6Address(name))
    plain = name.encode("idna").decode("ascii").lower()
    if plain and not _HOST.fullmatch(plain):
        raise ValueError(f"{name!r} is not the name of a server")
    return plain


def _no_address(url: str, why: str) -> DataError:
    return DataError(f"not an address ({why})", where=shown(url), hint="use one with https://")


# One question -------------------------------------------------------------------------------


def ask(url: str, headers: Mapping[str, str], timeout: float) -> http.client.HTTPResponse:
    """Send a request and return the answer, its headers sound; redirects are followed.

    Args:
        url: address.
        headers: to send; a ``Range`` lets 206 and 416 come back, an ``If-None-Match`` or
            ``If-Modified-Since`` 304. Else only 200 does.
        timeout: seconds to wait for a connection or for the next bytes.

    Raises:
        DataError: what will not be better later.
        CutOff: what may be.
    """
    here = address(url)
    seen = [here]
    while True:
        answer = _send(here, headers, timeout)
        try:
            if answer.status not in _MOVED:
                _check_status(answer, headers, url)
                _check_headers(answer, url)
                return answer
            here = _next_address(answer, here, url)
            if here in seen or len(seen) > limits.REDIRECTS:
                raise DataError(
                    "the server sends us on without end", where=shown(url), hint=BY_HAND
                )
            seen.append(here)
        except BaseException:
            answer.close()
            raise
        answer.close()


def _send(url: str, headers: Mapping[str, str], timeout: float) -> http.client.HTTPResponse:
    sent = {"User-Agent": "multipolar", "Accept-Encoding": "identity", **headers}
    try:
        opener = _opener(url)
        answer: http.client.HTTPResponse = opener.open(
            urllib.request.Request(url, headers=sent), timeout=timeout
        )
    except (OSError, http.client.HTTPException) as fault:
        raise _broken(fault, url) from None
    except ValueError as fault:  # the address was looked at: it is the proxy's
        raise DataError(
            f"the proxy's address cannot be used ({printable(str(fault))})",
            where=shown(url),
            hint=_PROXY,
        ) from None
    return answer


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Return what opens an address, without redirects: those we follow ourselves."""
    opener = urllib.request.OpenerDirector()
    here = is_here(urlsplit(url).hostname or "")
    opener.add_handler(urllib.request.ProxyHandler({} if here else None))
    opener.add_handler(_Http())
    if url.startswith("https:"):
        opener.add_handler(_Https(context=ssl.create_default_context()))
    return opener


def _next_address(answer: http.client.HTTPResponse, here: str, url: str) -> str:
    """Return where a redirect leads, if that is as safe as where it comes from."""
    target = answer.headers.get("Location", "")
    if not target:
        raise DataError(
            "the server sends us on, and does not say where to", where=shown(url), hint=BY_HAND
        )
    try:
        # headers come as Latin-1; what is not ASCII in them are bytes to be quoted
        there = urljoin(here, quote(target.strip(), safe=_SAFE + '\\<>"^`{|}', encoding="latin-1"))
        found = address(there)
    except ValueError:
        raise _elsewhere(url, target, "which is not an address") from None
    except DataError as fault:
        raise _elsewhere(url, target, fault.what) from None
    if here.startswith("https:") and not found.startswith("https:"):
        raise _elsewhere(url, target, "away from https")
    return found


def _elsewhere(url: str, target: str, why: str) -> DataError:
    # what follows the path of a signed address lets anyone have the file
    place = re.split(r"[?#]", target)[0]
    return DataError(
        f"the server sends us on to {shown(place)}: {why}", where=shown(url), hint=BY_HAND
    )


def _check_status(answer: http.client.HTTPResponse, asked: Mapping[str, str], url: str) -> None:
    status = answer.status
    if status == 200 or (status in {206, 416} and "Range" in asked):
        return
    if status == 304 and asked.keys() & {"If-None-Match", "If-Modified-Since"}:
        return
    if status in _LATER:
        wait = _retry_after(answer.headers)
        why = f"HTTP status {status}" + (f"; the server asks to wait {wait:,.0f} s" if wait else "")
        raise CutOff(
            why,
            wait=wait,
            over=wait > limits.RETRY_AFTER,
            hint="run the command again later" if wait else CONNECTION,
        )
    words = {
        401: ("asks for a login", BY_HAND),
        403: ("does not let programs have the file", BY_HAND),
        404: (
            "has no such file",
            "the address may have changed (--url takes that of the Library's or the COW file), or "
            + BY_HAND,
        ),
        410: ("has the file no more", "pass another address with --url, or " + BY_HAND),
        206: ("sends a part where the whole was asked for", BY_HAND),
    }
    what, hint = words.get(status, ("refuses" if status >= 400 else "sends no file", BY_HAND))
    raise DataError(f"the server {what} (HTTP status {status})", where=shown(url), hint=hint)


def _retry_after(headers: Message) -> float:
    """Return how many seconds a server asks us to wait, 0 if it does not say."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    when = _date(text)
    return max(0.0, (when - datetime.now(UTC)).total_seconds()) if when else 0.0


def _date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _check_headers(answer: http.client.HTTPResponse, url: str) -> None:
    """Refuse what would make us take the bytes for something they are not."""
    headers = answer.headers
    if headers.defects or headers.get_payload():  # what stands below the fault was not read
        _odd(url, "headers that cannot be read")
    packed = [v for v in _values(headers, "Content-Encoding") if v.casefold() != "identity"]
    if packed:
        _odd(url, f"the file packed ({printable(', '.join(packed))}), which was not asked for")
    coded = _values(headers, "Transfer-Encoding")
    if coded and not answer.chunked:
        _odd(url, f"the file in a form that is not read ({printable(', '.join(coded))})")
    length(answer, url)


def _odd(url: str, what: str) -> NoReturn:
    raise DataError(f"the server sends {what}", where=shown(url), hint=BY_HAND)


def _values(headers: Message, name: str) -> list[str]:
    listed = ",".join(headers.get_all(name, [])).split(",")
    return [v.strip() for v in listed if v.strip()]


def only(headers: Message, name: str) -> str:
    """Return a header's value, empty where there is none, or two that differ."""
    values = {v.strip() for v in headers.get_all(name, [])}
    return values.pop() if len(values) == 1 else ""


def length(answer: http.client.HTTPResponse, url: str) -> int | None:
    """Return how many bytes are announced, None where that is not said.

    Raises:
        DataError: what is announced is not a number, or not one number.
    """
    values = set(_values(answer.headers, "Content-Length"))
    if answer.chunked or not values:
        return None
    text = values.pop()
    if values or not re.fullmatch(r"[0-9]{1,18}", text):
        told = printable(", ".join(sorted({text, *values})))
        _odd(url, f"a length that is not one number ({told})")
    return int(text)


def validator(headers: Message) -> str:
    """Return what tells whether a file is the same, byte for byte; empty if nothing does.

    That is a strong ETag, or a date of change that is at least a minute older than the answer (RFC
    9110, section 8.8.2.2): what changed twice within the clock's step would have one date.
    """
    etag = only(headers, "ETag")
    if re.fullmatch(r'"[\x21\x23-\x7e]{1,200}"', etag):
        return etag
    text = only(headers, "Last-Modified")
    changed, now = _date(text), _date(only(headers, "Date"))
    old = changed is not None and now is not None and (now - changed).total_seconds() >= 60
    return text if old and re.fullmatch(r"[\x20-\x7e]{1,60}", text) else ""


# Bytes that arrive --------------------------------------------------------------------------


def take(answer: http.client.HTTPResponse, have: int) -> bytes:
    """Return the next bytes as they arrive, none at the end.

    Args:
        answer: what is read.
        have: bytes that have arrived, for the words of a fault.

    Raises:
        CutOff: the connection broke, the answer was cut short, or it came too slowly.
    """
    try:
        chunk = answer.read1(_CHUNK)
    except (OSError, http.client.HTTPException) as fault:
        found = _broken(fault, "")
        raise CutOff(f"{found} after {have:,} bytes", hint=found.hint) from None
    left: Any = answer.chunk_left if answer.chunked else None
    if left and left < 0:  # it would be read as one without an end
        raise CutOff(f"a part of the answer has a size below zero, after {have:,} bytes")
    return chunk


class _Watched(io.RawIOBase):
    """What arrives on a connection, counted: too slow or too much breaks it off."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw, self.room = raw, limits.HEADER_BYTES
        self._since, self._got = 0.0, 0

    def readable(self) -> Literal[True]:
        return True

    def readinto(self, buffer: Any) -> int | None:
        count: int | None = self._raw.readinto(buffer)
        if count:
            self._count(count)
        return count

    def _count(self, count: int) -> None:
        self.room -= count
        if self.room < 0:
            raise CutOff("the server's words have no end", over=True, hint=BY_HAND)
        now = time.monotonic()
        self._since = self._since or now  # from the first byte on: a server may think before it
        self._got += count
        if now - self._since >= limits.SLOW_SECONDS:
            if self._got < limits.SLOWEST * (now - self._since):
                raise CutOff(
                    f"under {limits.SLOWEST:,} bytes a second for {limits.SLOW_SECONDS:g} s",
                    over=True,
                )
            self._since, self._got = now, 0

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        self._watched = _Watched(self.fp.detach())
        self.fp = io.BufferedReader(self._watched)

    def begin(self) -> None:
        super().begin()
        # chunks and what follows them are words of the server too
        self._watched.room = 2 * limits.DOWNLOAD_BYTES + limits.HEADER_BYTES


class _Connection(http.client.HTTPConnection):
    response_class = _Response


class _SafeConnection(http.client.HTTPSConnection):
    response_class = _Response


class _Http(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(context=context)
        self._safe = context

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SafeConnection, request, context=self._safe)


# Faults and attempts ------------------------------------------------------------------------

_PROXY = "check the proxy that HTTPS_PROXY names, or take it out of there"
_CERTIFICATE = (
    "do not go on if you do not know why: check the clock and the address; where your own network "
    "looks into connections, name its certificates in SSL_CERT_FILE"
)


def _broken(fault: BaseException, url: str) -> CutOff:
    """Return a fault of the connection in words, with what to do about it.

    Raises:
        DataError: the server does not prove to be the one that was asked.
    """
    reason: Any = getattr(fault, "reason", None) if isinstance(fault, urllib.error.URLError) else 0
    reason = reason or fault
    if isinstance(reason, ssl.SSLCertVerificationError):
        raise DataError(
            f"the server does not prove who it is ({printable(reason.verify_message)})",
            where=shown(url),
            hint=_CERTIFICATE,
        ) from None
    hint = f"{_PROXY}; or {CONNECTION}" if _by_proxy(url) else CONNECTION
    return CutOff(_words(reason), hint=hint)


def _words(fault: Any) -> str:
    if isinstance(fault, TimeoutError):
        return "nothing came in time"
    if isinstance(fault, socket.gaierror):
        return f"the server's name is not found: {printable(fault.strerror or str(fault))}"
    if isinstance(fault, ssl.SSLError):
        return f"no safe connection: {printable(fault.reason or str(fault))}"
    if isinstance(fault, http.client.RemoteDisconnected):
        return "the server closed the connection without an answer"
    if isinstance(fault, http.client.IncompleteRead):
        return "the answer was cut short"
    if isinstance(fault, http.client.HTTPException):
        return f"the answer is not in HTTP: {printable(str(fault)) or type(fault).__name__}"
    return printable(getattr(fault, "strerror", None) or str(fault) or type(fault).__name__)


def _by_proxy(url: str) -> bool:
    parts = urlsplit(url)
    if not url or is_here(parts.hostname or ""):
        return False
    named = urllib.request.getproxies().get(parts.scheme)
    return bool(named) and not urllib.request.proxy_bypass(parts.netloc)


def persist(
    attempt: Callable[[], T],
    tries: int | None,
    wait: Callable[[float], object],
    error: Callable[[CutOff], DataError],
) -> T:
    """Return what an attempt returns, after as many as it takes.

    Args:
        attempt: is tried again after a :class:`CutOff`.
        tries: at most; by default :data:`multipolar.limits.DOWNLOAD_TRIES`.
        wait: pauses 1, 2, 4, ... seconds between them, or as long as the server asks.
        error: what is raised after the last.

    Raises:
        DataError: no attempt went well.
    """
    last = CutOff("no attempt was made", hint="allow at least one")
    most = limits.DOWNLOAD_TRIES if tries is None else tries
    for n in range(most):
        try:
            return attempt()
        except CutOff as fault:
            last = fault
        if last.over or n + 1 == most:
            break
        wait(max(2.0**n, last.wait))
    raise error(last) from None
