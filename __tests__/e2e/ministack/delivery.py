"""What MiniStack leaves out between the services: the batching window, events of AWS services, events of ECS."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from ministack.services import ecs, eventbridge, lambda_svc, sqs

from actions import emit_event
from metric_data import TIME_SCALE

ministack_put_events = eventbridge._put_events
ministack_receive = sqs._receive_messages_for_esm
ministack_stop_task = ecs._stop_task

SQS_POLL_SIZE = 10


def receive_batch(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
    """MiniStack hands messages over at once, ten at most; a batching window gathers a whole batch first.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    queue = sqs._get_q(queue_url)
    window = _batching_window(queue["attributes"]["QueueArn"])
    if not window:
        return ministack_receive(queue_url, batch_size)
    remaining = _gathering_seconds(queue, window, batch_size)
    if remaining > 0:
        _wake_poller_in(remaining)
        return []
    batch: list[dict[str, Any]] = []
    while len(batch) < batch_size:
        polled = ministack_receive(queue_url, min(SQS_POLL_SIZE, batch_size - len(batch)))
        if not polled:
            break
        batch += polled
    return batch


def _gathering_seconds(queue: Mapping[str, Any], window: float, batch_size: int) -> float:
    """How long the poller still gathers: until the window of the oldest message ends or a batch is full."""
    now = time.time()
    arrivals = [
        max(message["sent_at"], message.get("visible_at") or 0)
        for message in list(queue["messages"])
        if (message.get("visible_at") or 0) <= now
    ]
    if not arrivals or len(arrivals) >= batch_size:
        return 0
    return min(arrivals) + window - now


def _batching_window(queue_arn: str) -> float:
    """Seconds on this clock, where time passes faster."""
    windows = [
        mapping.get("MaximumBatchingWindowInSeconds") or 0
        for mapping in lambda_svc._esms.values()
        if mapping.get("EventSourceArn") == queue_arn
    ]
    return max(windows, default=0) / TIME_SCALE


def _wake_poller_in(seconds: float) -> None:
    """The idle poller looks only once a second."""
    timer = threading.Timer(seconds, lambda_svc._esm_wake.set)
    timer.daemon = True
    timer.start()


def put_events(data: Mapping[str, Any], allow_aws_source: bool = True) -> Any:
    """AWS refuses `aws.*` sources to its users; here a test plays ECS."""
    return ministack_put_events(data, allow_aws_source=True)


def stop_task(data: Mapping[str, Any]) -> Any:
    """StopTask with the event that ECS sends when the task has stopped."""
    answer = ministack_stop_task(data)
    task = json.loads(answer[2]).get("task")
    if task:
        detail = _with_iso_times(task) | {"updatedAt": _iso(task["stoppedAt"])}
        emit_event("aws.ecs", "ECS Task State Change", task["taskArn"], detail)
    return answer


def _with_iso_times(task: Mapping[str, Any]) -> dict[str, Any]:
    """Events write times as text, the API as numbers."""
    return {key: _iso(value) if key.endswith("At") else value for key, value in task.items() if key != "tags"}


def _iso(value: Any) -> Any:
    if not isinstance(value, int | float):
        return value
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(value)) + f".{round(value % 1 * 1000) % 1000:03d}Z"
