"""Which operation a request is and what it says, whatever protocol it came in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import cbor2
from botocore.loaders import Loader

from protocol import request_members

SCOPE = re.compile(r"Credential=(?P<key>\w+)/\d+/(?P<region>[\w-]+)/(?P<service>\w+)/aws4_request")
CBOR_OPERATION = re.compile(r"/service/\w+/operation/(\w+)")


@dataclass(frozen=True)
class Operation:
    service: str
    """As requests are signed for it."""
    name: str
    request: Mapping[str, Any]
    region: str
    access_key: str


def read(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Operation:
    scope = SCOPE.search(headers.get("authorization", ""))
    found = scope and _read(scope["service"], method, path, headers, body)
    if not found:
        raise RuntimeError(f"not understood: {method} {path}")
    name, request = found
    return Operation(scope["service"], name, request, scope["region"], scope["key"])


def _read(
    service: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, Mapping[str, Any]] | None:
    if cbor := CBOR_OPERATION.fullmatch(path):
        return cbor[1], cbor2.loads(body) if body else {}
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2], json.loads(body) if body else {}
    if "form-urlencoded" in headers.get("content-type", ""):
        form = request_members(parse_qs(body.decode()), {}, False, False)
        return form["Action"], form
    for name, verb, uri in _rest(service):
        if verb == method and (named := uri.fullmatch(path.rstrip("/"))):
            return name, (json.loads(body) if body else {}) | named.groupdict()
    return None


@cache
def _rest(service: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """Operation, method and path of those whose members stand in the path: `/functions/{FunctionName}`."""
    operations = Loader().load_service_model(service, "service-2")["operations"]
    return [
        (name, http["method"], re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", http["requestUri"].rstrip("/"))))
        for name, http in ((name, operation["http"]) for name, operation in operations.items())
    ]
