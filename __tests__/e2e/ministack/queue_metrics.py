"""AWS/SQS metrics, which MiniStack does not have: how many messages a queue shows, once a minute.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, sqs

from metric_data import TIME_SCALE

NAMESPACE = "AWS/SQS"
VISIBLE = "ApproximateNumberOfMessagesVisible"
MINUTE = 60 / TIME_SCALE


def start_measuring() -> None:
    threading.Thread(target=_measure_for_ever, name="queue-metrics", daemon=True).start()


def _measure_for_ever() -> None:
    while True:
        time.sleep(MINUTE)
        for (account, region, _), queue in list(sqs._queues._data.items()):
            with request_scope(account, region):
                measure(queue, time.time())


def measure(queue: dict[str, Any], now: float) -> None:
    dimensions = {"QueueName": queue["name"]}
    visible = sum((message.get("visible_at") or 0) <= now for message in list(queue["messages"]))
    point = {"Timestamp": now, "Value": float(visible), "Unit": "Count", "Dimensions": dimensions}
    cloudwatch._metric_bucket((NAMESPACE, VISIBLE, cloudwatch._dims_key(dimensions))).append(point)
