"""Starts MiniStack with the parts of CloudWatch, EventBridge, SQS, ECS and Lambda that it lacks, and records calls.

    GATEWAY_PORT=4600 MINISTACK_TIME_SCALE=60 python launcher.py

MINISTACK_TIME_SCALE  how many times faster periods, batching windows and the hold of SetAlarmState pass; default 1
MINISTACK_ALARM_TICK  seconds between two evaluations of all alarms; default 0.25
"""

import logging
import os
import sys

os.environ.setdefault("BIND_HOST", "127.0.0.1")
os.environ.setdefault("IOT_MTLS_ENABLED", "0")
os.environ.setdefault("SFTP_ENABLED", "0")

from ministack import app
from ministack.services import cloudwatch, cloudwatch_logs, ecs, eventbridge, sqs

import actions
import alarm_states
import alarm_store
import contributors
import delivery
import function_runtime
import log_patterns
import message_moves
import metric_queries
import own_endpoints
import queue_metrics
import recorded_calls
import service_deployments
import services


def install() -> None:
    """Puts the parts in MiniStack's places; it looks them up by name on each request."""
    cloudwatch.handle_request = contributors.handle_request
    cloudwatch._put_metric_alarm = alarm_store.put_metric_alarm
    cloudwatch._describe_alarms = alarm_store.describe_alarms
    cloudwatch._set_alarm_state = alarm_states.set_alarm_state
    cloudwatch._get_metric_data = metric_queries.get_metric_data
    cloudwatch_logs._compile_filter_pattern = log_patterns.compile_pattern
    cloudwatch._dispatch_alarm_actions = actions.announce_composite
    # The ticker evaluates; MiniStack's evaluation on each put ignores dimensions and periods.
    cloudwatch._evaluate_all_alarms = lambda: None
    cloudwatch._evaluate_alarm = lambda alarm: None
    sqs._receive_messages_for_esm = delivery.receive_batch
    eventbridge._put_events = delivery.put_events
    ecs._ACTION_MAP["StopTask"] = delivery.stop_task
    message_moves.install()
    service_deployments.install()
    services.install()
    function_runtime.keep_https()
    recorded_calls.install()
    app._handle_post_body_shortcuts = own_endpoints.handle


def main() -> None:
    logging.basicConfig(
        stream=sys.stdout, level=app.LOG_LEVEL, format="%(asctime)s %(levelname)s [%(name)s] %(message)s", force=True
    )
    install()
    alarm_states.start_ticker()
    queue_metrics.start_measuring()
    app.main()


if __name__ == "__main__":
    main()
