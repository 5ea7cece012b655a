"""Messages are really sent, by a process of their own, and no address is shown anywhere."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from email import message_from_bytes, policy
from pathlib import Path
from unittest.mock import patch

import pytest

from approval_gate.core.notification import Event, Notification, Tone
from approval_gate.core.result import Label
from approval_gate.errors import InputError
from approval_gate.notify import child, sender
from approval_gate.notify.sender import Sender
from tests.notify.listeners import LONG, http, refusing, silent, smtp

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to.md"
SECRET = "t0p-s3cret"
ISSUE = "https://github.com/acme/shop/issues/42"
MESSAGE = Notification(
    event=Event.DECIDED,
    tone=Tone.FAILURE,
    title="Denied: v1.2.3 to production",
    text='Denied by ann: "a_b *c* & d"',
    repository="acme/shop",
    environment="production",
    version="v1.2.3",
    outcome="denied",
    issue_url=ISSUE,
    run_url="https://github.com/acme/shop/actions/runs/1/attempts/1",
)
LATE = "Address 1 of notify-urls did not get a message: it did not answer in time."
REFUSED = "Address 1 of notify-urls did not get a message: it cannot be reached, or refused it."


def unsent(*addresses: str, message: Notification = MESSAGE) -> list[str]:
    """Send a message to these addresses, and return what was not sent."""
    with Sender(addresses) as it:
        it.send(message)
        return sorted(it.collect(wait=True))


def wrong(*addresses: str) -> str:
    """Return the error about addresses; empty if there is none."""
    with Sender(addresses) as it:
        it.begin_check()
        try:
            it.check()
        except InputError as error:
            return error.problem
    return ""


@pytest.fixture
def patient() -> Iterator[None]:
    """Let the end wait longer than it does, so that a busy machine does not matter."""
    with patch.object(sender, "NOTIFY_LAST", 60.0), patch.object(sender, "NOTIFY", 60.0):
        yield


@pytest.mark.usefixtures("patient")
def test_an_unknown_web_address_gets_json_of_the_documented_shape() -> None:
    with http() as service:
        assert unsent(f"http://{service.address}/hook/{SECRET}?a=b") == []
    assert service.paths == [f"/hook/{SECRET}?a=b"]
    assert service.headers[0]["Content-Type"] == "application/json"
    assert service.json == [
        {
            "schema": "approval-gate/notification/v1",
            "event": "decided",
            "tone": "failure",
            "title": "Denied: v1.2.3 to production",
            "text": 'Denied by ann: "a_b *c* & d"',
            "repository": "acme/shop",
            "environment": "production",
            "version": "v1.2.3",
            "outcome": "denied",
            "issue_url": ISSUE,
            "run_url": "https://github.com/acme/shop/actions/runs/1/attempts/1",
        }
    ]


@pytest.mark.usefixtures("patient")
def test_the_how_to_documents_every_field_of_the_json_and_its_values() -> None:
    section = HOW_TO.read_text(encoding="utf-8").partition("\n## Tell people")[2].partition("\n## ")[0]
    (example,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    with http() as service:
        assert unsent(f"http://{service.address}/") == []
    assert [*json.loads(example)] == [*service.json[0]]
    for values in (Event, Tone, Label):
        assert ", ".join(f"`{value}`" for value in values) in section


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("asked_for", ["", "&format=html", "&format=markdown"])
def test_a_mail_is_plain_text_whatever_the_address_asks_for(asked_for: str) -> None:
    with smtp() as service:
        to = f"mailto://{service.address}?from=gate@example.com&to=ops@example.com{asked_for}"
        assert unsent(to) == []
    assert service.paths == ["rcpt TO:<ops@example.com>"]
    (mail,) = [message_from_bytes(body, policy=policy.default) for body in service.bodies]
    assert mail["Subject"] == "Denied: v1.2.3 to production"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines()[:2] == ['Denied by ann: "a_b *c* & d"', ISSUE]
    assert not {"Apprise", "apprise"} & {*str(mail["From"]).split(), *str(mail["X-Application"]).split()}


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("address", "field", "blank"),
    [
        ("mmost://{}/token123456789012345678", "text", "\n"),  # it has plain text
        ("ntfy://{}/topic", "message", "\n"),
        ("gotify://{}/token?format=html", "message", "\n"),
        ("rocket://webhook12/0123456789012345678901234@{}/#ops", "text", "\n\n"),  # it has only Markdown
    ],
)
def test_a_chat_gets_the_text_and_a_link_that_works(address: str, field: str, blank: str) -> None:
    with http() as service:
        assert unsent(address.format(service.address)) == []
    (sent,) = service.json
    assert sent[field].endswith(f'Denied by ann: "a_b *c* & d"{blank}{ISSUE}')
    assert "Denied: v1.2.3 to production" in (*sent.values(), sent[field].splitlines()[0].removeprefix("# "))
    assert "apprise" not in str(sent).lower()


@pytest.mark.usefixtures("patient")
def test_each_address_is_told_by_itself_and_named_by_its_position() -> None:
    with http() as service, http(404) as gone, http(302) as moved:
        told = unsent(
            f"json://{gone.address}/{SECRET}",
            f"http://{gone.address}/{SECRET}",
            f"json://{service.address}/{SECRET}",
            f"http://{refusing()}/{SECRET}",
            f"http://{moved.address}/{SECRET}",
            f"http://no-such-host.invalid/{SECRET}",
            f"http://{service.address}/{SECRET}",
        )
    assert told == [
        REFUSED,
        "Address 2 of notify-urls did not get a message: it answered with status 404.",
        REFUSED.replace("1", "4"),
        "Address 5 of notify-urls did not get a message: it answered with status 302.",
        REFUSED.replace("1", "6"),
    ]
    assert len(service.bodies) == 2
    assert moved.paths == [f"/{SECRET}"]


def test_a_service_that_never_answers_is_given_up_when_the_time_is_up() -> None:
    with silent() as mute, patch.object(sender, "NOTIFY_LAST", 0.2):
        began = time.monotonic()
        assert unsent(f"http://{mute}/") == [LATE]
        assert time.monotonic() - began < 2


def test_after_a_stop_signal_there_is_less_time() -> None:
    with (
        silent() as mute,
        patch.object(sender, "NOTIFY_STOPPED", 0.2),
        Sender([f"http://{mute}/"], stopped=lambda: True) as it,
    ):
        for _ in range(10):
            it.send(MESSAGE)
        began = time.monotonic()
        assert [*it.collect(wait=True)] == [LATE] * 10
        assert time.monotonic() - began < 2


@pytest.mark.usefixtures("patient")
def test_a_signal_that_comes_while_the_end_waits_shortens_the_wait() -> None:
    signals = iter([False, False])
    with (
        silent() as mute,
        patch.object(sender, "NOTIFY_STOPPED", 0.2),
        Sender([f"http://{mute}/"], stopped=lambda: next(signals, True)) as it,
    ):
        it.send(MESSAGE)
        began = time.monotonic()
        assert [*it.collect(wait=True)] == [LATE]
        assert time.monotonic() - began < 10


def test_nothing_is_waited_for_while_people_answer() -> None:
    with silent() as mute, Sender([f"http://{mute}/"]) as it:
        began = time.monotonic()
        it.send(MESSAGE)
        assert [*it.collect()] == []
        assert time.monotonic() - began < 0.5
        with patch.object(sender, "NOTIFY_LAST", 0.1):
            assert [*it.collect(wait=True)] == [LATE]
        assert [*it.collect(wait=True)] == []


@pytest.mark.usefixtures("patient")
def test_what_is_over_is_collected_meanwhile() -> None:
    with Sender([f"http://{refusing()}/"]) as it:
        it.send(MESSAGE)
        said: list[str] = []
        while not said:
            said = [*it.collect()]
        assert said == [REFUSED]
        assert [*it.collect()] == []


@pytest.mark.usefixtures("patient")
def test_what_takes_too_long_is_given_up_meanwhile() -> None:
    with silent() as mute, patch.object(sender, "NOTIFY", 0.2), Sender([f"http://{mute}/"]) as it:
        it.send(MESSAGE)
        said: list[str] = []
        while not said:
            said = [*it.collect()]
        assert said == [LATE]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/hook",
        "http://user:password@example.com:8080/?a=b",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "https://discord.com/api/webhooks/1234567890/aBcDeFgHiJkLmNoPqRsT",
        "mailto://127.0.0.1?from=gate@example.com&to=ops@example.com",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general",
    ],
)
def test_an_address_is_accepted(address: str) -> None:
    assert wrong(address) == ""


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        (["foo://bar"], "no service is known for address 1 of 1."),
        (["https://a.b/c", "slack://nonsense"], "no service is known for address 2 of 2."),
        (["dbus://", "https://a.b", "nothing://"], "no service is known for addresses 1 and 3 of 3."),
    ],
)
def test_a_wrong_address_is_an_error_that_names_its_position(addresses: list[str], said: str) -> None:
    assert wrong(*addresses) == f"notify-urls: {said}"


def test_every_scheme_of_apprise_is_found_in_the_module_that_is_loaded_for_it() -> None:
    code = """if True:
        import sys; sys.path.insert(0, sys.argv[1])
        import child
        from apprise.manager_plugins import NotificationManager
        services = NotificationManager()
        schemes = services.schemas()
        for scheme in schemes:
            services._module_map = services._schema_map = None
            services._loaded = set()
            child.load_services([f"{scheme.upper()}://x"])
            if scheme not in services: print(scheme)
        print(len(schemes) > 200, "yaml" in sys.modules)
    """
    folder = str(Path(sender.__file__).parent)
    found = subprocess.run(
        [sys.executable, "-I", "-c", code, folder], capture_output=True, text=True, check=True
    )
    assert found.stdout == "True False\n"


def test_the_process_prints_and_logs_nothing_but_its_report() -> None:
    with http(404) as gone:
        there = f"http://{gone.address}/{SECRET}"
        urls = [there, f"json://{refusing()}/{SECRET}", f"foo://{SECRET}", f"slack://{SECRET}"]
        order = {"addresses": [*enumerate(urls, 1)], "message": asdict(MESSAGE), "seconds": 60}
        code = """if True:
            import logging, sys
            logging.basicConfig(level=1)  # whatever is logged goes to stderr
            sys.path.insert(0, sys.argv[1])
            import child
            child.main(sys.stdin, sys.stdout)
        """
        command = [sys.executable, "-I", "-c", code, str(Path(sender.__file__).parent)]
        done = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    said = sorted((line["position"], line["problem"]) for line in map(json.loads, done.stdout.splitlines()))
    assert said == [(1, "404"), (2, "refused"), (3, "unknown"), (4, "unknown")]


def test_an_address_that_makes_a_library_fail_prevents_no_other() -> None:
    said: list[tuple[int, str]] = []
    order = {"addresses": [[1, SECRET], [2, "https://a.b/"]], "message": None, "seconds": 1}
    with patch.object(child, "sender", side_effect=[ValueError(SECRET), lambda *_: ""]):
        child.carry_out(order, lambda position, problem: said.append((position, problem)))
    assert sorted(said) == [(1, "unknown"), (2, "")]


def test_without_addresses_no_process_is_started() -> None:
    with patch.object(sender.subprocess, "Popen", side_effect=AssertionError):
        assert wrong() == ""
        assert unsent() == []


def test_web_addresses_are_valid_without_a_process() -> None:
    with patch.object(sender.subprocess, "Popen", side_effect=AssertionError):
        assert wrong("https://a.b/c", "HTTP://d.e") == ""


def test_a_process_that_cannot_be_started_is_told_and_prevents_nothing() -> None:
    with patch.object(
        sender.subprocess, "Popen", side_effect=OSError(11, "Resource temporarily unavailable")
    ):
        assert wrong("foo://bar") == ""
        assert unsent("https://a.b/") == [
            "No message is sent to notify-urls: Resource temporarily unavailable."
        ]


def test_the_process_gets_no_secret_by_argument_or_environment() -> None:
    with (
        silent() as mute,
        patch.dict(
            os.environ, {"INPUT_TOKEN": SECRET, "INPUT_NOTIFY_URLS": SECRET, "https_proxy": "http://p"}
        ),
        Sender([f"http://{mute}/{SECRET}"]) as it,
    ):
        it.send(MESSAGE)
        folder = Path(f"/proc/{it._sending[0]._process.pid}")
        mute.wait()
        arguments = (folder / "cmdline").read_bytes().split(b"\0")
        environ = (folder / "environ").read_bytes()
    assert arguments[:2] == [os.fsencode(sys.executable), b"-I"]
    assert SECRET.encode() not in b"\0".join(arguments) + environ
    assert b"https_proxy=http://p" in environ


def test_a_process_that_nobody_waits_for_ends_by_itself() -> None:
    with silent() as mute, patch.object(sender, "NOTIFY", 1.0), Sender([f"http://{mute}/{SECRET}"]) as it:
        it.send(MESSAGE)
        process = it._sending[0]._process
        assert process.wait(30) == -signal.SIGALRM


def test_a_process_that_dies_says_what_it_knew() -> None:
    with http() as service, silent() as mute, Sender([f"http://{service.address}/", f"http://{mute}/"]) as it:
        it.send(MESSAGE)
        process = it._sending[0]._process
        assert select.select([process.stdout], [], [], LONG)[0]  # the first address is told, and it says so
        process.kill()
        assert [*it.collect(wait=True)] == [LATE.replace("1", "2")]


@pytest.mark.usefixtures("patient")
def test_twenty_long_addresses_fit_into_the_pipe() -> None:
    with http() as service:
        address = f"http://{service.address}/"
        many = [f"{address}{number:0{1990 - len(address)}}" for number in range(20)]
        began = time.monotonic()
        with Sender(many) as it:
            it.send(replace(MESSAGE, text="x" * 700))
            assert time.monotonic() - began < 1
            assert [*it.collect(wait=True)] == []
    assert len(service.bodies) == 20
