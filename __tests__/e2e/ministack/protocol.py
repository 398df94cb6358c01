"""The Query protocol, which the Terraform provider speaks, to and from the shapes that CBOR and JSON requests have."""

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

import cbor2
from ministack.services import cloudwatch

Response = tuple[int, dict[str, str], bytes]

INTEGERS = {"Period", "EvaluationPeriods", "DatapointsToAlarm", "MaxRecords"}
FLOATS = {"Threshold"}
BOOLEANS = {"ActionsEnabled", "ReturnData"}
LISTS = {"AlarmActions", "OKActions", "InsufficientDataActions", "Dimensions", "Metrics", "Tags", "AlarmNames"}
TIMESTAMPS = {
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "AlarmConfigurationUpdatedTimestamp",
    "Timestamps",
}


def request_members(params: Mapping[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool) -> dict[str, Any]:
    """Members of a request, typed, whatever protocol it came in."""
    if is_cbor or is_json:
        return data
    tree: dict[str, Any] = {}
    for key, value in params.items():
        *path, last = key.split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node[last] = value[0] if isinstance(value, list) else value
    return {name: _typed(name, value) for name, value in tree.items()}


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"member"}:
            members = value["member"]
            return [_typed("", members[index]) for index in sorted(members, key=int)]
        return {key: _typed(key, member) for key, member in value.items()}
    if name in LISTS:
        return []
    if name in INTEGERS:
        return int(value)
    if name in FLOATS:
        return float(value)
    return value == "true" if name in BOOLEANS else value


def response(action: str, members: dict[str, Any], is_cbor: bool, is_json: bool) -> Response:
    """A successful answer in the protocol of the request; timestamps are seconds since the epoch."""
    if is_json:
        return cloudwatch._json_ok(members)
    if is_cbor:
        return cloudwatch._cbor_ok(_tagged(members))
    result = f"<{action}Result>{_xml(members)}</{action}Result>" if members else ""
    return cloudwatch._xml(200, f"{action}Response", result)


def translated(answer: Response, action: str, is_cbor: bool, is_json: bool) -> Response:
    """MiniStack's JSON answer in the protocol of the request."""
    status, _, body = answer
    members = json.loads(body)
    if status != 200:
        return error(members["__type"], members["message"], is_cbor, is_json, status)
    return response(action, without_private(members), is_cbor, is_json)


def error(code: str, message: str, is_cbor: bool, is_json: bool, status: int = 400) -> Response:
    return cloudwatch._error(code, message, status, use_json=is_json, use_cbor=is_cbor)


def without_private(value: Any) -> Any:
    """Without what the evaluation keeps inside of alarms."""
    if isinstance(value, dict):
        return {key: without_private(member) for key, member in value.items() if not key.startswith("_")}
    return [without_private(member) for member in value] if isinstance(value, list) else value


def _tagged(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _tagged(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_tagged(member, name) for member in value]
    return cbor2.CBORTag(1, float(value)) if name in TIMESTAMPS else value


def _xml(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(member, key)}</{key}>" for key, member in value.items() if member is not None)
    if isinstance(value, list):
        return "".join(f"<member>{_xml(member, name)}</member>" for member in value)
    if isinstance(value, bool):
        return str(value).lower()
    return cloudwatch._ts_iso(value) if name in TIMESTAMPS else escape(str(value))
