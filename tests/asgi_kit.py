"""Requests to an app in this process, without a server."""

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: Any,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    caller: str = "10.0.0.9",
) -> Answer:
    """A GET of the path (with its query), or where there is a body a POST, from the address `caller`."""
    sent: list[MutableMapping[str, Any]] = []
    left = [body or b""]

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": left.pop()} if left else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "GET" if body is None else "POST",
        "path": where,
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), text.encode("latin-1")) for name, text in (headers or {}).items()],
        "client": (caller, 1234),
    }
    await app(scope, receive, send)
    found = {name.decode(): text.decode("latin-1") for name, text in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(part.get("body", b"") for part in sent[1:]))
