"""DescribeAlarmContributors, an action that MiniStack does not have."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import cbor2
from ministack.services import cloudwatch

from protocol import Response, error, request_members, response

ACTION = "DescribeAlarmContributors"

ministack_handle_request = cloudwatch.handle_request


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any]
) -> Response:
    """MiniStack's table of actions is out of reach inside of its handler, so this one is answered before it."""
    is_cbor = path.endswith(f"/operation/{ACTION}")
    is_json = headers.get("x-amz-target", "").endswith(f".{ACTION}")
    if is_cbor or is_json:
        data = cbor2.loads(body) if is_cbor else json.loads(body)
        return describe_alarm_contributors({}, data, is_cbor, is_json)
    if f"Action={ACTION}".encode() in body:
        return describe_alarm_contributors(parse_qs(body.decode()), {}, False, False)
    return await ministack_handle_request(method, path, headers, body, query_params)


def describe_alarm_contributors(
    params: Mapping[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool
) -> Response:
    """Contributors in ALARM, no others."""
    request = request_members(params, data, is_cbor, is_json)
    alarm = cloudwatch._alarms.get(request.get("AlarmName", ""))
    if alarm is None:
        return error("ResourceNotFoundException", f"Alarm {request.get('AlarmName')} not found", is_cbor, is_json, 404)
    contributors = [
        {
            "ContributorId": contributor_id,
            "ContributorAttributes": contributor["attributes"],
            "StateReason": contributor["reason"],
            "StateTransitionedTimestamp": contributor["since"],
        }
        for contributor_id, contributor in alarm.get("_Contributors", {}).items()
        if contributor["state"] == "ALARM"
    ]
    return response(ACTION, {"AlarmContributors": contributors}, is_cbor, is_json)
