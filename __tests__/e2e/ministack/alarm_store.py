"""PutMetricAlarm and DescribeAlarms with every field.

MiniStack drops Metrics and InsufficientDataActions, and over the Query protocol answers few fields, so that each
Terraform plan would change every alarm.
"""

import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch

import alarm_series
from expressions import ExpressionError
from insights import QueryError
from protocol import Response, error, request_members, response, translated

DEFAULTS = {
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": [],
    "InsufficientDataActions": [],
    "Dimensions": [],
    "TreatMissingData": "missing",
}
OPTIONAL = (
    "AlarmDescription",
    "MetricName",
    "Namespace",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "Unit",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "EvaluateLowSampleCountPercentile",
    "Metrics",
    "ThresholdMetricId",
)
STATE = ("StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp")
EXPRESSION_LENGTH = 1024
LONGEST_QUERY_SECONDS = 3 * 60 * 60

ministack_describe_alarms = cloudwatch._describe_alarms


class ValidationError(ValueError):
    """A request that AWS refuses."""


def put_metric_alarm(params: Mapping[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
    request = request_members(params, data, is_cbor, is_json)
    try:
        alarm = _alarm(request)
        _check(alarm)
    except (ValidationError, ExpressionError, QueryError) as refusal:
        return error("ValidationError", str(refusal), is_cbor, is_json)
    name = alarm["AlarmName"]
    previous = cloudwatch._alarms.get(name)
    tags = request.get("Tags") or []
    refused = cloudwatch._alarm_tags_refusal(tags, alarm.get("DatapointsToAlarm"), not previous, is_cbor, is_json)
    if refused:
        return refused
    cloudwatch._alarms[name] = alarm | _state(previous)
    if not previous:
        # AWS ignores Tags on an update.
        cloudwatch._resource_tags[alarm["AlarmArn"]] = {tag["Key"]: tag.get("Value", "") for tag in tags}
    return response("PutMetricAlarm", {}, is_cbor, is_json)


def describe_alarms(params: Mapping[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
    request = request_members(params, data, is_cbor, is_json)
    return translated(ministack_describe_alarms({}, request, False, True), "DescribeAlarms", is_cbor, is_json)


def _alarm(request: Mapping[str, Any]) -> dict[str, Any]:
    """The stored alarm; an update overwrites the whole configuration."""
    for member in ("AlarmName", "EvaluationPeriods", "ComparisonOperator"):
        if not request.get(member):
            raise ValidationError(f"The parameter {member} is required.")
    alarm = {
        "AlarmName": request["AlarmName"],
        "AlarmArn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{request['AlarmName']}",
        "AlarmConfigurationUpdatedTimestamp": time.time(),
        **{member: request.get(member, default) for member, default in DEFAULTS.items()},
        **{member: request[member] for member in OPTIONAL if request.get(member) not in (None, "", [])},
    }
    if "Threshold" in alarm:
        alarm["Threshold"] = float(alarm["Threshold"])
    for entry in alarm.get("Metrics", []):
        entry.setdefault("ReturnData", True)
    return alarm


def _state(previous: Mapping[str, Any] | None) -> dict[str, Any]:
    """A new alarm starts without data; an updated one keeps its state and what is known of its contributors."""
    if previous:
        return {key: value for key, value in previous.items() if key in STATE or key.startswith("_")}
    now = time.time()
    return {
        "StateValue": "INSUFFICIENT_DATA",
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": now,
        "StateTransitionedTimestamp": now,
    }


def _check(alarm: Mapping[str, Any]) -> None:
    entries = alarm.get("Metrics")
    if not entries:
        for member in ("MetricName", "Namespace", "Period"):
            if not alarm.get(member):
                raise ValidationError(f"The parameter {member} is required.")
        return
    for number, entry in enumerate(entries, 1):
        if len(entry.get("Expression") or "") > EXPRESSION_LENGTH:
            raise ValidationError(
                f"1 validation error detected: Value '{entry['Expression']}' at 'metrics.{number}.member.expression' "
                f"failed to satisfy constraint: Member must have length less than or equal to {EXPRESSION_LENGTH}"
            )
    if alarm.get("ThresholdMetricId"):
        return
    alarm_series.check(entries)
    if any(alarm_series.is_query(entry) for entry in entries):
        _check_query(alarm)


def _check_query(alarm: Mapping[str, Any]) -> None:
    period = alarm_series.alarm_period(alarm)
    if period < 60:
        raise ValidationError("Metrics Insights queries do not support less than 60 seconds period")
    if period * alarm["EvaluationPeriods"] > LONGEST_QUERY_SECONDS:
        raise ValidationError("MetricsInsights monitors cannot be checked across more than 3 hours")
    if alarm_series.is_multi_series(alarm) and alarm["InsufficientDataActions"]:
        raise ValidationError(
            "InsufficientData actions are not supported for contributor-level action types in Multi Time Series alarms"
        )
