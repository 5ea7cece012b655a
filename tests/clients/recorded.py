"""Responses of the real GitHub, recorded in two npm packages, and a transport that replays them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import responses
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3.response import HTTPResponse

API = "https://api.github.com"

Json = dict[str, Any]


@dataclass(frozen=True)
class Exchange:
    """A request and its response."""

    method: str
    path: str
    status: int
    headers: Sequence[tuple[str, str]]
    data: Any
    """The body of the response: a JSON value, or a text."""

    @property
    def header(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers}

    @property
    def key(self) -> tuple[str, str, list[str]]:
        """Identifies the request, regardless of the size of its pages."""
        return _key(self.method, self.path)


def scenarios(packages: Path) -> dict[str, list[Exchange]]:
    """Read the exchanges of `@octokit/fixtures`, in their raw and normalized forms."""
    folder = packages / "node_modules" / "@octokit" / "fixtures" / "scenarios" / "api.github.com"
    return {
        f"{path.parent.name}/{path.stem}": list(_exchanges(json.loads(path.read_text(encoding="utf-8"))))
        for path in sorted(folder.glob("*/*-fixture.json"))
    }


def _exchanges(recording: list[Json]) -> Iterator[Exchange]:
    for one in recording:
        if one["scope"] != f"{API}:443":
            continue  # an upload, or an archive
        raw = one.get("rawHeaders")
        if raw is None:
            headers = [(name, str(value)) for name, value in one["headers"].items()]
        else:
            headers = list(zip(raw[::2], raw[1::2], strict=True))
        yield Exchange(one["method"].upper(), one["path"], one["status"], headers, one["response"])


def webhooks(packages: Path) -> dict[str, list[Json]]:
    """Read the payloads of `@octokit/webhooks-examples`, by the GitHub instance that sent them."""
    folder = packages / "node_modules" / "@octokit" / "webhooks-examples"
    return {
        path.parent.name: [
            example for event in json.loads(path.read_text(encoding="utf-8")) for example in event["examples"]
        ]
        for path in sorted(folder.glob("*/index.json"))
    }


def objects(tree: Any, *keys: str, without: str = "") -> Iterator[Json]:
    """Find the objects, anywhere in a JSON value, that have all keys and not the key ``without``."""
    if isinstance(tree, dict):
        if tree.keys() >= set(keys) and without not in tree:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for item in tree:
            yield from objects(item, *keys, without=without)


class Replay(BaseAdapter):
    """Replies to each request with the next recorded response to it."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        super().__init__()
        self._left = list(exchanges)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        assert urlsplit(request.url).hostname == urlsplit(API).hostname, request.url
        key = _key(request.method or "", str(request.url))
        found = next((one for one in self._left if one.key == key), None)
        assert found, f"no response to {key} is recorded"
        self._left.remove(found)
        return _response(request, found)

    def close(self) -> None:
        """Do nothing: no connection is open."""


def _key(method: str, path: str) -> tuple[str, str, list[str]]:
    split = urlsplit(path)
    return method, split.path, parse_qs(split.query).get("page", [])


def _response(request: requests.PreparedRequest, exchange: Exchange) -> requests.Response:
    text = exchange.data if isinstance(exchange.data, str) else json.dumps(exchange.data)
    # These no longer apply: the recorder decoded the bodies.
    encoding = {"content-encoding", "content-length", "transfer-encoding"}
    kept = [(name, value) for name, value in exchange.headers if name.lower() not in encoding]
    response = requests.Response()
    response.status_code, response.reason = exchange.status, responses.get(exchange.status, "")
    response.url, response.request = request.url or "", request
    response.headers.update(kept)
    response.raw = HTTPResponse(status=exchange.status, headers=kept)
    response._content = text.encode()
    return response
