"""Alarms change state here: by evaluation on each tick, and by SetAlarmState.

MiniStack evaluates on each PutMetricData only, over all dimension sets together, and never because data is missing.
"""

import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

import alarm_series
import reasons
from actions import announce
from evaluation import COMPARISONS, Rule, evaluate
from messages import Change, Contributor
from metric_data import TIME_SCALE, Slots, Store
from protocol import Response, error, request_members, response

TICK_SECONDS = float(os.environ.get("MINISTACK_ALARM_TICK", "0.25"))
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")

logger = logging.getLogger("alarms")
state_lock = threading.RLock()
ministack_set_alarm_state = cloudwatch._set_alarm_state


def start_ticker() -> None:
    threading.Thread(target=_tick_for_ever, name="alarm-ticker", daemon=True).start()


def _tick_for_ever() -> None:
    while True:
        time.sleep(TICK_SECONDS)
        for account, region in {key[:2] for key in list(cloudwatch._alarms._data)}:
            with request_scope(account, region):
                evaluate_all(time.time())


def evaluate_all(now: float) -> None:
    """Evaluates the alarms of the account and region of the request scope."""
    store = dict(cloudwatch._metrics.items())
    for alarm in cloudwatch._alarms.values():
        try:
            with state_lock:
                _evaluate(alarm, store, now)
        except Exception:
            logger.exception("cannot evaluate %s", alarm["AlarmName"])


def _evaluate(alarm: dict[str, Any], store: Store, now: float) -> None:
    is_current = cloudwatch._alarms.get(alarm["AlarmName"]) is alarm
    # Anomaly detection compares with a band that is not computed here.
    if not is_current or alarm["ComparisonOperator"] not in COMPARISONS or now < alarm.get("_HeldUntil", 0):
        return
    window = alarm_series.alarm_window(alarm, now)
    if alarm_series.is_multi_series(alarm):
        _evaluate_contributors(alarm, alarm_series.read_contributors(alarm, store, window), now)
        return
    rule, slots = Rule.of(alarm), alarm_series.read(alarm, store, window)
    verdict = evaluate(rule, slots)
    if verdict.state and verdict.state != alarm["StateValue"]:
        data = reasons.reason_data(alarm, verdict, verdict.state, slots, now)
        change_state(alarm, verdict.state, reasons.alarm_reason(rule, verdict, verdict.state), data, now)


def _evaluate_contributors(alarm: dict[str, Any], series: Mapping[Any, Slots], now: float) -> None:
    """A contributor is in ALARM or OK, never without data: one that vanishes is OK, whatever missing data means.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    rule = Rule.of(alarm)
    before: dict[str, dict[str, Any]] = alarm.setdefault("_Contributors", {})
    after: dict[str, dict[str, Any]] = {}
    changes: list[Change] = []
    for attributes, slots in series.items():
        contributor = Contributor(dict(attributes))
        known = before.get(contributor.id, {"attributes": contributor.attributes, "state": "OK"})
        verdict = evaluate(rule, slots)
        state = verdict.state if verdict.state in ("OK", "ALARM") else known["state"]
        if state != known["state"]:
            reason = reasons.contributor_reason(rule, verdict, state)
            changes.append(Change(known["state"], state, reason, now, contributor=contributor))
            known = known | {"state": state, "reason": reason, "since": now}
        after[contributor.id] = known
    for contributor_id, known in before.items():
        if contributor_id not in after and known["state"] == "ALARM":
            gone = Contributor(known["attributes"])
            changes.append(Change("ALARM", "OK", reasons.CONTRIBUTOR_GONE, now, contributor=gone))
    alarm["_Contributors"] = after
    for change in changes:
        announce(alarm, change)
    _summarise(alarm, after, now)


def _summarise(alarm: dict[str, Any], contributors: Mapping[str, Mapping[str, Any]], now: float) -> None:
    """The alarm's own state is seen on EventBridge only; SNS hears of contributors."""
    alarming = sum(contributor["state"] == "ALARM" for contributor in contributors.values())
    if not contributors:
        state, reason = "INSUFFICIENT_DATA", reasons.NO_CONTRIBUTORS
    else:
        state = "ALARM" if alarming else "OK"
        reason = reasons.contributors_reason(alarming, len(contributors))
    if state != alarm["StateValue"]:
        change_state(alarm, state, reason, reasons.contributors_reason_data(now), now)
    elif contributors:
        alarm["StateReason"] = reason


def change_state(alarm: dict[str, Any], state: str, reason: str, reason_data: str | None, now: float) -> None:
    change = Change(
        alarm["StateValue"], state, reason, now, reason_data, alarm["StateReason"], alarm["StateUpdatedTimestamp"]
    )
    alarm |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": now, "StateReasonData": reason_data}
    if change.old == change.new:
        return
    alarm["StateTransitionedTimestamp"] = now
    logger.info("%s: %s -> %s: %s", alarm["AlarmName"], change.old, change.new, reason)
    cloudwatch._record_history(alarm["AlarmName"], change.old, state, reason)
    announce(alarm, change)
    cloudwatch._evaluate_parent_alarms(alarm)


def set_alarm_state(params: Mapping[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
    """Holds for one period; then the evaluation brings the real state back."""
    request = request_members(params, data, is_cbor, is_json)
    alarm = cloudwatch._alarms.get(request.get("AlarmName", ""))
    if alarm is None:
        return ministack_set_alarm_state(params, data, is_cbor, is_json)
    if request.get("StateValue") not in STATES or not request.get("StateReason"):
        return error("ValidationError", "StateValue and StateReason are required.", is_cbor, is_json)
    now = time.time()
    with state_lock:
        change_state(alarm, request["StateValue"], request["StateReason"], request.get("StateReasonData"), now)
        alarm["_HeldUntil"] = now + alarm_series.alarm_period(alarm) / TIME_SCALE
    return response("SetAlarmState", {}, is_cbor, is_json)
