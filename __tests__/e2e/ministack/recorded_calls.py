"""Records what functions and Terraform's roles ask of AWS, and what IAM would have to allow for it.

In Lambda a function speaks with its role's temporary credentials, whose session token goes along with each request.
Here the token is the function's ARN. Terraform speaks with the credentials of the role that it assumes, as does the
doctor, and says who it is. All other calls are a test's.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import sts

import operations
from permissions import Need, Place, needed

TOKEN = "x-amz-security-token"
ASSUMED = re.compile(r"arn:aws:sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/")
TERRAFORM = "HashiCorp/1.0 Terraform/"
UNASKED = {"s3", "sts"}
"""The bucket with the state is not the role's, and to ask who one is takes no permission."""
LIMIT = 10_000

ministack_credentials = lambda_runtime.execution_credentials
ministack_dispatch = app._dispatch_service_request


class Calls:
    """By themselves as text: nothing is there twice."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Any]] = {}

    def add(self, caller: dict[str, str], needs: Iterable[Need]) -> None:
        for need in needs:
            call = caller | {"action": need.action, "resource": need.resource, "context": need.context}
            if len(self.calls) < LIMIT:
                self.calls.setdefault(json.dumps(call), call)

    def recorded(self) -> dict[str, Any]:
        return {"calls": list(self.calls.values()), "isComplete": len(self.calls) < LIMIT}


functions = Calls()
roles = Calls()


def install() -> None:
    lambda_runtime.execution_credentials = credentials
    app._dispatch_service_request = dispatch


def credentials(config: dict[str, Any]) -> dict[str, str]:
    return ministack_credentials(config) | {"AWS_SESSION_TOKEN": config["FunctionArn"]}


async def dispatch(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any], request_id: str
) -> Any:
    """Before it is answered: IAM is asked about calls that fail as well."""
    function = headers.get(TOKEN, "")
    if function.startswith("arn:aws:lambda:"):
        asked = operations.read(method, path, headers, body)
        functions.add({"function": function}, _needs(asked, asked.access_key))
    elif role := _assumed(headers):
        asked = operations.read(method, path, headers, body)
        arn = f"arn:aws:iam::{role['account']}:role/{role['role']}"
        roles.add({"role": arn}, _needs(asked, role["account"]))
    return await ministack_dispatch(method, path, headers, body, query_params, request_id)


def _assumed(headers: Mapping[str, str]) -> re.Match[str] | None:
    if TERRAFORM not in headers.get("user-agent", ""):
        return None
    scope = operations.SCOPE.search(headers.get("authorization", ""))
    session = scope and sts._sessions.get(scope["key"])
    return ASSUMED.match(session["Arn"]) if session and scope["service"] not in UNASKED else None


def _needs(asked: operations.Operation, account: str) -> list[Need]:
    return needed(asked.service, asked.name, asked.request, Place(asked.region, account))
