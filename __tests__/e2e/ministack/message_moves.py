"""Dead-letter queue redrive of standard queues, actions that MiniStack does not have.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
"""

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from ministack.core.responses import new_uuid
from ministack.services import sqs

Json = dict[str, Any]

LISTED = 10
FASTEST = 500
"""Messages a second."""
PARAMETERS = ("SourceArn", "DestinationArn", "MaxNumberOfMessagesPerSecond", "TaskHandle")

ministack_normalise = sqs._normalise
ministack_to_xml = sqs._to_xml


@dataclass
class Task:
    source: str
    destination: str | None
    per_second: int | None
    to_move: int
    status: str = "RUNNING"
    moved: int = 0
    failure: str | None = None
    id: str = field(default_factory=new_uuid)
    started: float = field(default_factory=time.time)

    @property
    def handle(self) -> str:
        return base64.b64encode(json.dumps({"taskId": self.id, "sourceArn": self.source}).encode()).decode()

    def entry(self) -> Json:
        """The handle only of a task that runs; a reason only of one that failed."""
        members = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source,
            "DestinationArn": self.destination,
            "MaxNumberOfMessagesPerSecond": self.per_second,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": round(self.started * 1000),
        }
        return {name: value for name, value in members.items() if value is not None}


class Failed(Exception):
    """What a task ends with that could be started."""


tasks: dict[str, list[Task]] = {}
"""By the source's ARN, newest first."""
running: set[asyncio.Task[None]] = set()


def start(data: Mapping[str, Any], _url: str) -> Json:
    source = data.get("SourceArn", "")
    destination = data.get("DestinationArn") or None
    dead_letters = _existing(source, "SourceArn")
    if not any(_dead_letter_target(queue) == source for queue in sqs._queues.values()):
        raise _invalid("Source queue must be configured as a Dead Letter Queue.")
    if destination is not None:
        _existing(destination, "DestinationArn")
    per_second = _rate(data.get("MaxNumberOfMessagesPerSecond"))
    if any(task.status in ("RUNNING", "CANCELLING") for task in tasks.get(source, [])):
        raise _invalid(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    task = Task(source, destination, per_second, len(_visible(dead_letters)))
    tasks.setdefault(source, []).insert(0, task)
    # In the event loop, where producers append to queues too; it keeps the account of the request.
    work = asyncio.create_task(_run(task))
    running.add(work)
    work.add_done_callback(running.discard)
    return {"TaskHandle": task.handle}


def list_tasks(data: Mapping[str, Any], _url: str) -> Json:
    source = data.get("SourceArn", "")
    _existing(source, "SourceArn")
    count = int(data.get("MaxResults") or 1)
    return {"Results": [task.entry() for task in tasks.get(source, [])[: min(count, LISTED)]]}


def cancel(data: Mapping[str, Any], _url: str) -> Json:
    try:
        handle = json.loads(base64.b64decode(data.get("TaskHandle", ""), validate=True))
        source, task_id = handle["sourceArn"], handle["taskId"]
    except (ValueError, TypeError, KeyError):
        raise _invalid("Value for parameter TaskHandle is invalid.") from None
    _existing(source, "SourceArn")
    task = next((task for task in tasks.get(source, []) if task.id == task_id and task.status == "RUNNING"), None)
    if task is None:
        raise sqs._Err("ResourceNotFoundException", "Task does not exist.", 404)
    task.status = "CANCELLING"
    return {"ApproximateNumberOfMessagesMoved": task.moved}


async def _run(task: Task) -> None:
    """Moves what was there at the start, oldest first; what comes meanwhile is the next task's."""
    await asyncio.sleep(0)
    try:
        while task.status == "RUNNING" and task.moved < task.to_move and _move_one(task):
            await asyncio.sleep(0 if task.per_second is None else 1 / task.per_second)
    except Failed as reason:
        task.status, task.failure = "FAILED", str(reason)
    else:
        task.status = "CANCELLED" if task.status == "CANCELLING" else "COMPLETED"


def _move_one(task: Task) -> bool:
    dead_letters = sqs._queue_by_arn(task.source)
    message = next(iter(_visible(dead_letters)), None) if dead_letters else None
    if message is None:
        return False
    arn = task.destination or message["sys"].get("DeadLetterQueueSourceArn")
    if arn is None:
        # Sent to the dead-letter queue by a producer: nobody knows where it would go.
        raise Failed("CouldNotDetermineMessageSource")
    target = sqs._queue_by_arn(arn)
    if target is None:
        raise Failed("AWS.SimpleQueueService.NonExistentQueue")
    with sqs._queues_lock:
        dead_letters["messages"].remove(message)
        target["messages"].append(_as_new(message))
    sqs.esm_wake.set()
    task.moved += 1
    return True


def _as_new(message: Mapping[str, Any]) -> Json:
    """A redriven message is a new one, with a message ID and an enqueue time of its own; body and attributes stay."""
    now = time.time()
    lasting = {name: value for name, value in message["sys"].items() if name != "DeadLetterQueueSourceArn"}
    return {
        **{name: value for name, value in message.items() if name != "enqueued_at"},
        "id": new_uuid(),
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": now,
        "receive_count": 0,
        "first_receive_at": None,
        "sys": lasting | {"SentTimestamp": str(int(now * 1000))},
    }


def _visible(queue: Mapping[str, Any]) -> list[Json]:
    now = time.time()
    for message in queue["messages"]:
        sqs._ensure_msg_fields(message)
    return [message for message in queue["messages"] if message["visible_at"] <= now]


def _dead_letter_target(queue: Mapping[str, Any]) -> str | None:
    policy = queue["attributes"].get("RedrivePolicy")
    return json.loads(policy)["deadLetterTargetArn"] if policy else None


def _existing(arn: str, parameter: str) -> Json:
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        message = f"The resource that you specified for the {parameter} parameter doesn't exist."
        raise sqs._Err("ResourceNotFoundException", message, 404)
    return queue


def _rate(value: Any) -> int | None:
    if value is None:
        return None
    if not 1 <= int(value) <= FASTEST:
        raise _invalid("Value for parameter MaxNumberOfMessagesPerSecond is invalid.")
    return int(value)


def _invalid(message: str) -> sqs._Err:
    return sqs._Err("InvalidParameterValue", message)


def normalise(action: str, params: Mapping[str, Any]) -> Json:
    """The Query protocol's parameters, also those that MiniStack does not know."""
    own = {name: sqs._p(params, name) for name in PARAMETERS}
    return ministack_normalise(action, params) | {name: value for name, value in own.items() if value}


def to_xml(action: str, result: Mapping[str, Any]) -> tuple[Any, ...]:
    if action not in ACTIONS:
        return ministack_to_xml(action, result)
    entries = result.get("Results")
    inner = _xml(result) if entries is None else "".join(_xml({"ListMessageMoveTasksResultEntry": e}) for e in entries)
    return sqs._xml_resp(200, f"{action}Response", f"<{action}Result>{inner}</{action}Result>")


def _xml(members: Mapping[str, Any]) -> str:
    return "".join(
        f"<{name}>{_xml(value) if isinstance(value, dict) else escape(str(value))}</{name}>"
        for name, value in members.items()
    )


ACTIONS = {"StartMessageMoveTask": start, "ListMessageMoveTasks": list_tasks, "CancelMessageMoveTask": cancel}


def install() -> None:
    sqs._HANDLERS |= ACTIONS
    sqs._normalise = normalise
    sqs._to_xml = to_xml
