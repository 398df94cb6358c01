"""A running launcher for the tests, and the three protocols that clients speak to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import cbor2

HERE = Path(__file__).parent
REGION = "eu-west-1"
T = TypeVar("T")


class Refused(Exception):
    """An answer that is not 2xx; the text is its body."""


@dataclass(frozen=True)
class Client:
    """Calls of one account. MiniStack takes the account from the access key and checks no signature."""

    port: int
    account: str
    user_agent: str = "test"

    def query(self, service: str, action: str, **members: Any) -> ElementTree.Element:
        """The Query protocol; nested members become `Name.member.1.Name`."""
        form = urllib.parse.urlencode({"Action": action, **_flattened(members)}).encode()
        answer = self._post(service, "/", form, {"Content-Type": "application/x-www-form-urlencoded"})
        return ElementTree.fromstring(_without_namespaces(answer.decode()))

    def json(self, service: str, target: str, /, **members: Any) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
        return json.loads(self._post(service, "/", json.dumps(members).encode(), headers))

    def cbor(self, service: str, target: str, **members: Any) -> dict[str, Any]:
        name, operation = target.split(".")
        headers = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        path = f"/service/{name}/operation/{operation}"
        return cbor2.loads(self._post(service, path, cbor2.dumps(members), headers))

    def rest(self, service: str, path: str, **members: Any) -> dict[str, Any]:
        return json.loads(self._post(service, path, json.dumps(members).encode(), {"Content-Type": "application/json"}))

    def _post(self, service: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        scope = f"{self.account}/20260101/{REGION}/{service}/aws4_request"
        signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        url = f"http://127.0.0.1:{self.port}{path}"
        own = {"Authorization": signature, "User-Agent": self.user_agent}
        request = urllib.request.Request(url, body, headers | own, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.read().decode(errors="replace")) from None


def launcher(port: int, method: str, path: str, content: Any = None) -> Any:
    """What only the launcher has, beside AWS."""
    body = None if content is None else json.dumps(content).encode()
    url = f"http://127.0.0.1:{port}/_launcher/{path}"
    with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=10) as answer:
        return json.loads(answer.read())


def _flattened(value: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(value, dict):
        items = [(f"{prefix}.{key}" if prefix else key, member) for key, member in value.items()]
    elif isinstance(value, list):
        items = [(f"{prefix}.member.{number}", member) for number, member in enumerate(value, 1)]
    else:
        return {prefix: str(value).lower() if isinstance(value, bool) else str(value)}
    return {key: text for name, member in items for key, text in _flattened(member, name).items()}


def _without_namespaces(xml: str) -> str:
    return xml.replace("xmlns=", "ignored=")


@contextmanager
def running(**environment: str) -> Iterator[int]:
    """Port of a launcher that ends with the block, cleanly on SIGTERM."""
    port = _free_port()
    settings = {"PATH": os.environ["PATH"], "GATEWAY_PORT": str(port), "MINISTACK_TIME_SCALE": "60", **environment}
    command = [sys.executable, str(HERE / "launcher.py")]
    process = subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        eventually(lambda: _is_healthy(port), seconds=10)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        log, _ = process.communicate(timeout=10)
    assert process.returncode == 0, log
    assert "Traceback" not in log, log


def eventually(look: Callable[[], T], seconds: float = 5) -> T:
    """The first truthy answer."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s, last: {found!r}")
        time.sleep(0.05)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=1) as answer:
            return answer.status == 200
    except OSError:
        return False
