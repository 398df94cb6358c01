"""What alarms send, in AWS's shape: the SNS message and the EventBridge detail.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

import hashlib
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Alarm = Mapping[str, Any]
Json = dict[str, Any]

REGION_NAMES = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "sa-east-1": "South America (Sao Paulo)",
}
STATISTICS = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}
SUBJECT_LENGTH = 100


@dataclass(frozen=True)
class Contributor:
    """One time series of a multi-series alarm."""

    attributes: dict[str, str]

    @property
    def id(self) -> str:
        """Opaque on AWS too, and the same for the same attributes in every alarm."""
        return hashlib.sha256(json.dumps(self.attributes, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Change:
    """A change of state of an alarm, or of one of its contributors."""

    old: str
    new: str
    reason: str
    at: float
    reason_data: str | None = None
    old_reason: str | None = None
    old_at: float | None = None
    contributor: Contributor | None = None


def timestamp(at: float) -> str:
    milliseconds = round(at * 1000)
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(milliseconds // 1000))
    return f"{seconds}.{milliseconds % 1000:03d}+0000"


def sns_subject(alarm_name: str, state: str, region: str) -> str:
    name = re.sub(r"[^\x20-\x7e]+", "_", alarm_name)
    subject = f'{state}: "{name}" in {REGION_NAMES.get(region, region)}'
    excess = len(subject) - SUBJECT_LENGTH
    if excess <= 0:
        return subject
    return f'{state}: "{name[: -(excess + 3)]}..." in {REGION_NAMES.get(region, region)}'


def sns_message(alarm: Alarm, change: Change) -> Json:
    """Composite alarms have no Trigger and no configuration timestamp; contributors come in between."""
    _, _, _, region, account, *_ = alarm["AlarmArn"].split(":")
    message: Json = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
    }
    if "AlarmRule" not in alarm:
        message["AlarmConfigurationUpdatedTimestamp"] = timestamp(alarm["AlarmConfigurationUpdatedTimestamp"])
    message |= {
        "NewStateValue": change.new,
        "NewStateReason": change.reason,
        "StateChangeTime": timestamp(change.at),
        "Region": REGION_NAMES.get(region, region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": change.old,
        "ActionExecutedAfterMuteWindow": False,
    }
    if change.contributor:
        message["AlarmContributorId"] = change.contributor.id
        message["AlarmContributorAttributes"] = change.contributor.attributes
    for actions in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        message[actions] = list(alarm.get(actions) or [])
    if "AlarmRule" in alarm:
        message["AlarmRule"] = alarm["AlarmRule"]
        message["TriggeringChildren"] = _triggering_children(change.reason_data)
    else:
        message["Trigger"] = _trigger(alarm)
    return message


def _triggering_children(reason_data: str | None) -> list[Json]:
    children = json.loads(reason_data or "{}").get("triggeringAlarms", [])
    return [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in children
    ]


def _trigger(alarm: Alarm) -> Json:
    trigger: Json = {
        "Period": alarm.get("Period"),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm.get("Threshold"),
        "TreatMissingData": alarm["TreatMissingData"],
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if alarm.get("Metrics"):
        entries = [_trigger_entry(entry) for entry in alarm["Metrics"]]
        periods = [entry.get("MetricStat", entry).get("Period") for entry in alarm["Metrics"]]
        return trigger | {"Period": next((period for period in periods if period), 60), "Metrics": entries}
    extended = alarm.get("ExtendedStatistic")
    kind = "ExtendedStatistic" if extended else "Statistic"
    metric = {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": kind,
        kind: extended or STATISTICS[alarm["Statistic"]],
        "Unit": alarm.get("Unit"),
        "Dimensions": _dimensions(alarm),
    }
    return metric | trigger


def _trigger_entry(entry: Mapping[str, Any]) -> Json:
    parts: Json = {key: entry[key] for key in ("Expression", "Id", "Label") if entry.get(key)}
    if stat := entry.get("MetricStat"):
        metric = stat["Metric"]
        parts["MetricStat"] = {
            "Metric": {
                "Dimensions": _dimensions(metric),
                "MetricName": metric["MetricName"],
                "Namespace": metric["Namespace"],
            },
            **{key: stat[key] for key in ("Period", "Stat", "Unit") if stat.get(key)},
        }
    parts["ReturnData"] = entry.get("ReturnData", True)
    if entry.get("Period"):
        parts["Period"] = entry["Period"]
    return parts


def _dimensions(holder: Mapping[str, Any]) -> list[Json]:
    return [{"value": pair["Value"], "name": pair["Name"]} for pair in holder.get("Dimensions") or []]


def event_detail(alarm: Alarm, change: Change) -> Json:
    """Detail of "CloudWatch Alarm State Change"; that of a contributor knows no previous state."""
    state = {"value": change.new, "reason": change.reason, "timestamp": timestamp(change.at)}
    detail: Json = {"alarmName": alarm["AlarmName"], "state": state, "configuration": _configuration(alarm)}
    if change.contributor:
        detail["alarmContributor"] = {"id": change.contributor.id, "attributes": change.contributor.attributes}
        return detail
    if change.reason_data:
        state["reasonData"] = change.reason_data
    detail["previousState"] = {"value": change.old, "timestamp": timestamp(change.old_at or change.at)}
    if change.old_reason:
        detail["previousState"]["reason"] = change.old_reason
    return detail


def _configuration(alarm: Alarm) -> Json:
    configuration: Json = {}
    if alarm.get("AlarmDescription"):
        configuration["description"] = alarm["AlarmDescription"]
    if "AlarmRule" in alarm:
        return configuration | {"alarmRule": alarm["AlarmRule"]}
    entries = alarm.get("Metrics") or [
        {
            "Id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"])),
            "MetricStat": {
                "Metric": alarm,
                "Period": alarm.get("Period"),
                "Stat": alarm.get("ExtendedStatistic") or alarm["Statistic"],
            },
        }
    ]
    return configuration | {"metrics": [_configuration_entry(entry) for entry in entries]}


def _configuration_entry(entry: Mapping[str, Any]) -> Json:
    parts: Json = {"id": entry["Id"], "returnData": entry.get("ReturnData", True)}
    for key in ("Expression", "Label", "Period"):
        if entry.get(key):
            parts[key.lower()] = entry[key]
    if stat := entry.get("MetricStat"):
        metric = stat["Metric"]
        parts["metricStat"] = {
            "metric": {
                "dimensions": {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions") or []},
                "name": metric["MetricName"],
                "namespace": metric["Namespace"],
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
    return parts
