"""Dead-letter queue redrive, and the number of messages as alarms see it."""

import base64
import json
from typing import Any

import pytest

from account import Account
from builders import dimension_list
from emulator import Refused, eventually

ANYBODY = {"MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
CAUSE = {"cause": {"DataType": "String", "StringValue": "the channel is archived"}}


class Queues:
    """A queue with a dead-letter queue, and one that has nothing to do with them."""

    def __init__(self, account: Account):
        self.account = account
        self.dead = account.create_queue("dead")
        self.other = account.create_queue("other")
        policy = json.dumps({"deadLetterTargetArn": account.arn("sqs", "dead"), "maxReceiveCount": 1})
        self.source = self.call("CreateQueue", QueueName="source", Attributes={"RedrivePolicy": policy})["QueueUrl"]

    def call(self, action: str, **members: Any) -> dict[str, Any]:
        return self.account.client.json("sqs", f"AmazonSQS.{action}", **members)

    def send(self, url: str, body: str, **members: Any) -> str:
        return self.call("SendMessage", QueueUrl=url, MessageBody=body, **members)["MessageId"]

    def receive(self, url: str, seconds: int = 0) -> list[dict[str, Any]]:
        request = {"QueueUrl": url, "VisibilityTimeout": seconds, "MaxNumberOfMessages": 10, **ANYBODY}
        return self.call("ReceiveMessage", **request).get("Messages", [])

    def dead_letter(self, body: str) -> str:
        """By SQS itself: received as often as its policy allows."""
        message_id = self.send(self.source, body)
        self.receive(self.source)
        self.receive(self.source)
        return message_id

    def move(self, **members: Any) -> dict[str, Any]:
        return self.call("StartMessageMoveTask", **{"SourceArn": self.account.arn("sqs", "dead")} | members)

    def newest(self) -> dict[str, Any]:
        return self.call("ListMessageMoveTasks", SourceArn=self.account.arn("sqs", "dead"))["Results"][0]

    def ended(self) -> dict[str, Any]:
        return eventually(lambda: task if (task := self.newest())["Status"] != "RUNNING" else None)


@pytest.fixture
def queues(account: Account) -> Queues:
    return Queues(account)


def test_what_sqs_dead_lettered_goes_back_to_its_queue_as_a_new_message(queues: Queues) -> None:
    first = queues.dead_letter("first")
    (dead,) = queues.receive(queues.dead)
    assert dead["MessageId"] == first
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == queues.account.arn("sqs", "source")
    queues.move()
    task = queues.ended()
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert not task.keys() & {"TaskHandle", "DestinationArn", "FailureReason", "MaxNumberOfMessagesPerSecond"}
    assert queues.receive(queues.dead) == []
    (back,) = queues.receive(queues.source)
    assert (back["Body"], back["Attributes"]["ApproximateReceiveCount"]) == ("first", "1")
    assert back["MessageId"] != first
    assert int(back["Attributes"]["SentTimestamp"]) > int(dead["Attributes"]["SentTimestamp"])
    assert "DeadLetterQueueSourceArn" not in back["Attributes"]


def test_what_a_producer_sent_there_needs_a_destination(queues: Queues) -> None:
    queues.send(queues.dead, "direct", MessageAttributes=CAUSE)
    queues.move()
    task = queues.ended()
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert len(queues.receive(queues.dead)) == 1
    destination = queues.account.arn("sqs", "source")
    queues.move(DestinationArn=destination)
    task = queues.ended()
    assert (task["Status"], task["DestinationArn"]) == ("COMPLETED", destination)
    (back,) = queues.receive(queues.source)
    assert (back["Body"], back["MessageAttributes"]) == ("direct", CAUSE)


def test_one_task_at_a_time_that_can_be_cancelled(queues: Queues) -> None:
    for number in range(5):
        queues.send(queues.dead, str(number))
    other = queues.account.arn("sqs", "other")
    handle = queues.move(DestinationArn=other, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    with pytest.raises(Refused, match="InvalidParameterValue.*already a task running"):
        queues.move()
    assert eventually(lambda: queues.newest()["ApproximateNumberOfMessagesMoved"]) == 1
    assert (queues.newest()["TaskHandle"], queues.newest()["ApproximateNumberOfMessagesToMove"]) == (handle, 5)
    queues.call("CancelMessageMoveTask", TaskHandle=handle)
    eventually(lambda: queues.newest()["Status"] == "CANCELLED")
    assert len(queues.receive(queues.dead)) + len(queues.receive(queues.other)) == 5
    with pytest.raises(Refused, match="Task does not exist"):
        queues.call("CancelMessageMoveTask", TaskHandle=handle)


def test_what_is_in_flight_stays(queues: Queues) -> None:
    queues.send(queues.dead, "looked at")
    queues.receive(queues.dead, seconds=60)
    queues.move(DestinationArn=queues.account.arn("sqs", "other"))
    assert queues.ended()["ApproximateNumberOfMessagesMoved"] == 0


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"SourceArn": "other"}, "InvalidParameterValue.*Source queue must be configured as a Dead Letter Queue"),
        ({"SourceArn": "none"}, "ResourceNotFoundException.*SourceArn parameter doesn't exist"),
        ({"DestinationArn": "none"}, "ResourceNotFoundException.*DestinationArn parameter doesn't exist"),
    ],
)
def test_a_task_that_aws_refuses_is_refused(queues: Queues, members: dict[str, str], message: str) -> None:
    with pytest.raises(Refused, match=message):
        queues.move(**{name: queues.account.arn("sqs", queue) for name, queue in members.items()})


def test_a_handle_is_looked_at(queues: Queues) -> None:
    with pytest.raises(Refused, match="TaskHandle is invalid"):
        queues.call("CancelMessageMoveTask", TaskHandle="no handle")
    gone = {"taskId": "1", "sourceArn": queues.account.arn("sqs", "none")}
    with pytest.raises(Refused, match="SourceArn parameter doesn't exist"):
        queues.call("CancelMessageMoveTask", TaskHandle=base64.b64encode(json.dumps(gone).encode()).decode())


def test_the_query_protocol_moves_too(queues: Queues) -> None:
    queues.send(queues.dead, "direct")
    query, arn = queues.account.client.query, queues.account.arn
    destination = arn("sqs", "other")
    task = {"SourceArn": arn("sqs", "dead"), "DestinationArn": destination, "MaxNumberOfMessagesPerSecond": "500"}
    assert query("sqs", "StartMessageMoveTask", **task).findtext("StartMessageMoveTaskResult/TaskHandle")
    queues.ended()
    listed = query("sqs", "ListMessageMoveTasks", SourceArn=arn("sqs", "dead"), MaxResults="2")
    (entry,) = listed.findall("ListMessageMoveTasksResult/ListMessageMoveTasksResultEntry")
    assert (entry.findtext("Status"), entry.findtext("DestinationArn")) == ("COMPLETED", destination)
    with pytest.raises(Refused, match="<Code>InvalidParameterValue</Code>"):
        query("sqs", "StartMessageMoveTask", SourceArn=destination)


def test_an_alarm_sees_how_many_messages_there_are(queues: Queues) -> None:
    account = queues.account
    name = account.put_alarm(
        Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistic="Maximum", Period=60,
        Dimensions=dimension_list({"QueueName": "dead"}), ComparisonOperator="GreaterThanThreshold", Threshold=0,
        EvaluationPeriods=1, DatapointsToAlarm=1, AlarmActions=[], OKActions=[],
    )
    eventually(lambda: account.state(name) == "OK")
    queues.send(queues.dead, "direct")
    eventually(lambda: account.state(name) == "ALARM")
    queues.move(DestinationArn=account.arn("sqs", "other"))
    eventually(lambda: account.state(name) == "OK")
