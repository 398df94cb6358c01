"""Records what functions ask of AWS, and what IAM would have to allow for it.

In Lambda a function speaks with its role's temporary credentials, whose session token goes along with each request.
Here the token is the function's ARN: calls with one are a function's, all others a test's or Terraform's.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import cbor2
from ministack import app
from ministack.core import lambda_runtime

from permissions import Place, needed

TOKEN = "x-amz-security-token"
SCOPE = re.compile(r"Credential=(?P<account>\d{12})/\d+/(?P<region>[\w-]+)/(?P<service>\w+)/aws4_request")
CBOR_OPERATION = re.compile(r"/service/\w+/operation/(\w+)")
LIMIT = 10_000

ministack_credentials = lambda_runtime.execution_credentials
ministack_dispatch = app._dispatch_service_request

calls: dict[str, dict[str, Any]] = {}
"""By themselves as text: nothing is there twice."""


def install() -> None:
    lambda_runtime.execution_credentials = credentials
    app._dispatch_service_request = dispatch


def credentials(config: dict[str, Any]) -> dict[str, str]:
    return ministack_credentials(config) | {"AWS_SESSION_TOKEN": config["FunctionArn"]}


async def dispatch(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any], request_id: str
) -> Any:
    if headers.get(TOKEN, "").startswith("arn:aws:lambda:"):
        record(headers[TOKEN], path, headers, body)
    return await ministack_dispatch(method, path, headers, body, query_params, request_id)


def record(function: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
    """Before it is answered: IAM is asked about calls that fail as well."""
    scope = SCOPE.search(headers.get("authorization", ""))
    cbor = CBOR_OPERATION.fullmatch(path)
    operation = cbor[1] if cbor else headers.get("x-amz-target", "").rpartition(".")[2]
    if scope is None or not operation:
        raise RuntimeError(f"not understood: a call of {function} to {path}")
    request = (cbor2.loads(body) if cbor else json.loads(body)) if body else {}
    for need in needed(scope["service"], operation, request, Place(scope["region"], scope["account"])):
        call = {"function": function, "action": need.action, "resource": need.resource, "context": need.context}
        if len(calls) < LIMIT:
            calls.setdefault(json.dumps(call), call)


def recorded() -> dict[str, Any]:
    return {"calls": list(calls.values()), "isComplete": len(calls) < LIMIT}
