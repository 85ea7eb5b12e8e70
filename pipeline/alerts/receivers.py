"""Hands an alert to a webhook, a command or a mail server.

Errors say what happened, and never where: addresses, headers and arguments are secrets.
"""

import http.client
import json
import os
import signal
import smtplib
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import urlsplit

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from newsbeam.pipeline.config.alerts import Alert, Command, Mail, Webhook
from newsbeam.transforms.read.addresses import Network
from newsbeam.transforms.read.connections import ForbiddenAddressError, Pools, deadline

RETRY_AFTER_S = (1.0, 4.0)
"""How long a webhook that does not answer is left alone before each further attempt of one call."""

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_IMPLICIT_TLS = 465  # RFC 8314


class DeliveryError(Exception):
    """A receiver did not take an alert. `str(error)` says why, without a secret."""


class _BusyError(DeliveryError):
    """The receiver can be asked again at once."""


@dataclass(frozen=True)
class Way:
    """How alerts leave this machine.

    Attributes:
        networks: What webhooks may reach besides the public internet.
        user_agent: The User-Agent header.
        pause: Waits for some seconds.
    """

    networks: Sequence[Network] = ()
    user_agent: str = "newsbeam"
    pause: Callable[[float], None] = time.sleep


def deliver(receiver: str, alert: Alert, alert_id: str, message: str, way: Way) -> None:
    """Hand an alert to one of its receivers.

    Args:
        receiver: webhook, command or mail.
        alert: The rule.
        alert_id: The same each time that the alert is handed over.
        message: The alert as JSON.
        way: How it leaves this machine.

    Raises:
        DeliveryError: The receiver did not take it, or perhaps not.
    """
    if receiver == "webhook" and alert.webhook:
        _post(alert.webhook, alert_id, message.encode(), way)
    elif receiver == "command" and alert.command:
        _run(alert.command, alert_id, message.encode())
    elif receiver == "mail" and alert.mail:
        _mail(alert.mail, alert_id, message)


def _post(hook: Webhook, alert_id: str, body: bytes, way: Way) -> None:
    pools = Pools()
    try:
        for pause_s in (*RETRY_AFTER_S, None):
            try:
                return _post_once(hook, alert_id, body, way, pools)
            except _BusyError:
                if pause_s is None:
                    raise
                way.pause(pause_s)
    finally:
        pools.close()


def _post_once(hook: Webhook, alert_id: str, body: bytes, way: Way, pools: Pools) -> None:
    url, seconds = hook.url.get_secret_value(), hook.timeout.total_seconds()
    _check_plain(url, way.networks)
    headers = {"Content-Type": "application/json", "Idempotency-Key": alert_id, "User-Agent": way.user_agent}
    try:
        # urllib3's own timeouts are for each part of an answer, which may trickle in without end.
        with deadline(seconds, way.networks):
            # No redirects: the alert is for this receiver, and a new address could be any.
            response = pools.of(url).urlopen(
                "POST", url, body=body, headers=headers | hook.lines(), redirect=False, retries=False,
                timeout=Timeout(connect=min(10.0, seconds), read=seconds), preload_content=False,
            )  # fmt: skip
            # The status says all; what else it answers is not read.
            response.close()
    # `from None` here and below: in a traceback the first error would show the address.
    except ForbiddenAddressError:
        raise DeliveryError("its address is not of the public internet; allow it with fetch.allow_networks") from None
    except (HTTPError, http.client.HTTPException, OSError, UnicodeError) as error:
        raise _BusyError(f"no answer: {_why(error)}") from None
    if not 200 <= response.status < 300:
        kind = _BusyError if response.status in _TRY_AGAIN else DeliveryError
        raise kind(f"HTTP {response.status} {http.client.responses.get(response.status, '')}".rstrip())


def _check_plain(url: str, networks: Sequence[Network]) -> None:
    """Refuse to send in the clear, but to networks that the config allows."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _BusyError(f"no answer: {_why(error)}") from None
    addresses = [ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    if not all(any(address in network for network in networks) for address in addresses):
        raise DeliveryError("http: is only for addresses in fetch.allow_networks; use https:")


def _run(command: Command, alert_id: str, body: bytes) -> None:
    arguments = [argument.get_secret_value() for argument in command.run]
    environment = {**os.environ, "NEWSBEAM_ALERT_ID": alert_id}
    try:
        # A session of its own, so that what it starts can be killed with it.
        process = subprocess.Popen(  # noqa: S603 - the config says what to run
            arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise DeliveryError(f"can't be started: {_why(error)}") from None
    try:
        process.communicate(body, command.timeout.total_seconds())
    except subprocess.TimeoutExpired:
        raise DeliveryError(f"took longer than {command.timeout.total_seconds():g} s") from None
    finally:
        _kill(process)
    if process.returncode:
        raise DeliveryError(f"ended with status {process.returncode}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a command that has not ended, with what it has started."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.communicate()


def _mail(mail: Mail, alert_id: str, message: str) -> None:
    seconds, context = mail.timeout.total_seconds(), ssl.create_default_context()
    try:
        server = _connect(mail, seconds, context)
        try:
            if mail.starttls and mail.port != _IMPLICIT_TLS:
                server.starttls(context=context)
            if mail.user:
                server.login(mail.user.get_secret_value(), mail.password.get_secret_value())
            server.send_message(as_mail(mail, alert_id, message))
        finally:
            # Not by `with`, which fails where the answer to QUIT is odd: the mail has been taken then.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise DeliveryError(_of_smtp(error)) from None


def _connect(mail: Mail, seconds: float, context: ssl.SSLContext) -> smtplib.SMTP:
    if mail.port == _IMPLICIT_TLS:
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=seconds, context=context)
    return smtplib.SMTP(mail.host, mail.port, timeout=seconds)


def as_mail(mail: Mail, alert_id: str, message: str) -> EmailMessage:
    """Return the mail of an alert: what it says for people, then the JSON."""
    told = json.loads(message)
    composed = EmailMessage()
    # A title may have anything: a line break would begin another header.
    composed["Subject"] = " ".join(f"[{told['alert']}] {told['text']}".split())[:200]
    composed["From"], composed["To"] = mail.sender, ", ".join(mail.to)
    composed["Message-ID"] = f"<{alert_id}@newsbeam.invalid>"  # servers can drop a repetition
    composed["Auto-Submitted"] = "auto-generated"  # RFC 3834
    parts = [told["text"], told.get("excerpt", ""), (told.get("story") or {}).get("url") or ""]
    composed.set_content("\n\n".join([*filter(None, parts), json.dumps(told, ensure_ascii=False, indent=2)]))
    return composed


def _of_smtp(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answered {error.smtp_code}"  # its text may repeat an address or a name
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the mail server refused an address"
    return f"no mail was sent: {_why(error)}"


def _why(error: BaseException) -> str:
    """Return the innermost cause without what may be in its text."""
    while inner := error.__cause__:
        error = inner
    return str(getattr(error, "strerror", None) or type(error).__name__)
