"""Tells EventBridge and SNS of a change of state."""

import json
import time
from typing import Any

from ministack.core.responses import get_region, new_uuid
from ministack.services import cloudwatch, eventbridge, sns

import alarm_series
from messages import Change, event_detail, sns_message, sns_subject

ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

ministack_put_events = eventbridge._put_events


def emit_event(source: str, detail_type: str, resource: str, detail: dict[str, Any]) -> None:
    entry = {"Source": source, "DetailType": detail_type, "Resources": [resource], "Detail": json.dumps(detail)}
    ministack_put_events({"Entries": [entry]}, allow_aws_source=True)


def announce(alarm: dict[str, Any], change: Change) -> None:
    """EventBridge hears of each change, SNS only through enabled actions."""
    what = "Alarm Contributor" if change.contributor else "Alarm"
    detail = event_detail(alarm, change)
    emit_event("aws.cloudwatch", f"CloudWatch {what} State Change", alarm["AlarmArn"], detail)
    if not alarm.get("ActionsEnabled", True):
        return
    # SNS is a contributor-level action: the alarm's own change sends nothing.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
    if change.contributor is None and alarm_series.is_multi_series(alarm):
        return
    message = json.dumps(sns_message(alarm, change))
    subject = sns_subject(alarm["AlarmName"], change.new, get_region())
    for topic in alarm.get(ACTIONS[change.new]) or []:
        if cloudwatch._is_sns_action_arn(topic):
            sns._fanout(topic, new_uuid(), message, subject)


def announce_composite(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
    """Stands in for MiniStack's dispatch, which composite alarms still go through."""
    announce(alarm, Change(old, new, reason, time.time(), alarm.get("StateReasonData")))
