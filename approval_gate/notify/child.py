"""The process that sends one message to some addresses, or only checks the addresses.

It is started as a file, imports nothing of the gate, and is killed when its time is up. What it needs comes
on stdin as JSON, since an address is a secret and other processes can read arguments:

    {"addresses": [[1, "https://…"]], "message": {"event": "asked", "title": "…", …}, "seconds": 20}

For each address it writes a line of JSON as soon as it knows: ``{"position": 1, "problem": ""}``. A problem
is ``unknown`` for what is not an address, ``refused``, or an HTTP status. It is never a text of a service or
a library, which could contain the address.
"""

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO, cast

Message = Mapping[str, str | None]
Send = Callable[[Message, float], str]
"""Sends a message within about so many seconds, and returns the problem; empty if there is none."""

NAME, SCHEMA = "approval-gate", "approval-gate/notification/v1"
WEB = ("http://", "https://")
"""The prefixes of addresses that are always valid: those that Apprise does not know get JSON."""


def load_services(addresses: Collection[str]) -> None:
    """Load only the services whose scheme an address has: loading all would take twice the time.

    A web address can belong to any service. Then Apprise loads all of them when it needs them.
    """
    if any(address.lower().startswith(WEB) for address in addresses):
        return
    import apprise.plugins  # noqa: PLC0415 - most of the process's time
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - the same

    named = [f'"{address.partition("://")[0].lower()}"' for address in addresses]
    with TemporaryDirectory() as folder:
        for module in Path(*apprise.plugins.__path__).iterdir():
            sources = [module] if module.suffix == ".py" else module.glob("*.py")
            if any(name in source.read_text(encoding="utf-8") for source in sources for name in named):
                Path(folder, module.name).touch()  # Apprise loads its own modules of these names
        NotificationManager().load_modules(folder)  # type: ignore[no-untyped-call]


def sender(address: str) -> Send | None:
    """Return what sends to an address; None if nothing can.

    Apprise knows the address, natively such as Slack's, or by a scheme of its own such as ``mailto``. Any
    other http address gets JSON.
    """
    from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - most of the process's time

    # Without a folder nothing is stored, and without the masks no picture of Apprise's is shown.
    asset = AppriseAsset(
        app_id=NAME, app_desc=NAME, app_url="", image_url_mask="", image_url_logo="", language="en"
    )
    service = Apprise.instantiate(address, asset=asset)
    if service is None:
        return json_to(address) if address.lower().startswith(WEB) else None
    # Plain text, whatever the address asks for. A service that has only HTML gets the text in it. One that
    # has only Markdown gets the text as it is: it mentions nobody, and Apprise would break the link.
    declared = cast("NotifyFormat | Sequence[NotifyFormat]", type(service).notify_format)
    formats = [declared] if isinstance(declared, str) else declared
    service.notify_format = shown = NotifyFormat.TEXT if NotifyFormat.TEXT in formats else formats[0]
    given, gap = (shown, "\n\n") if shown is NotifyFormat.MARKDOWN else (NotifyFormat.TEXT, "\n")

    def send(message: Message, seconds: float) -> str:  # noqa: ARG001 - Apprise has limits of its own
        sent = service.notify(
            title=message["title"],
            body=f"{message['text']}{gap}{message['issue_url']}",
            body_format=given,
            notify_type=message["tone"],
        )
        return "" if sent else "refused"

    return send


def json_to(address: str) -> Send:
    """Return what posts JSON to an address."""
    import requests  # noqa: PLC0415 - Apprise has imported it

    def send(message: Message, seconds: float) -> str:
        """Post the message; a redirect is not followed, since nobody asked for a message to go there."""
        answer = requests.post(
            address,
            json={"schema": SCHEMA, **message},
            headers={"User-Agent": NAME},
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        )
        return "" if answer.ok and not answer.is_redirect else str(answer.status_code)

    return send


def carry_out(order: Mapping[str, Any], report: Callable[[int, str], None]) -> None:
    """Check every address, or send to every one at the same time; report on each as soon as it is known."""
    message, addresses = order["message"], dict(order["addresses"])
    with suppress(OSError):  # without a folder for temporary files, all are loaded
        load_services(addresses.values())
    senders = {position: _prepared(address) for position, address in addresses.items()}

    def tell(position: int, send: Send | None) -> None:
        try:
            problem = "unknown" if send is None else send(message, order["seconds"]) if message else ""
        except Exception:  # noqa: BLE001 - whatever a service's client raises, its text can hold the address
            problem = "refused"
        report(position, problem)

    threads = [
        threading.Thread(target=tell, args=(position, send), daemon=True)
        for position, send in senders.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _prepared(address: str) -> Send | None:
    try:
        return sender(address)
    except Exception:  # noqa: BLE001 - an address that makes a library fail is not one
        return None


def main(stdin: TextIO, stdout: TextIO) -> None:
    """Read the order, carry it out, and write a line for each address."""
    logging.disable()  # Apprise logs addresses
    order = json.load(stdin)
    signal.alarm(max(1, round(order["seconds"])))  # even if nobody is left to kill it
    lock = threading.Lock()

    def report(position: int, problem: str) -> None:
        with lock:
            stdout.write(json.dumps({"position": position, "problem": problem}) + "\n")
            stdout.flush()

    carry_out(order, report)


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints is dropped
    main(sys.stdin, out)
