"""What the launcher adds between the services."""

import json
import time
from pathlib import Path

from account import Account
from emulator import eventually
from functions import create_function


def test_aws_events_can_be_played(account: Account) -> None:
    events = account.route_events("aws.ecs")
    entry = {"Source": "aws.ecs", "DetailType": "ECS Task State Change", "Detail": json.dumps({"version": 6})}
    account.client.json("events", "AWSEvents.PutEvents", Entries=[entry])
    assert eventually(lambda: account.received(events))[0]["detail"] == {"version": 6}


def test_stop_task_sends_the_task_state_change(account: Account) -> None:
    events = account.route_events("aws.ecs")
    ecs = "AmazonEC2ContainerServiceV20141113"
    account.client.json("ecs", f"{ecs}.CreateCluster", clusterName="prod")
    containers = [{"name": "api", "image": "api", "memory": 128}]
    account.client.json("ecs", f"{ecs}.RegisterTaskDefinition", family="api", containerDefinitions=containers)
    started = account.client.json("ecs", f"{ecs}.RunTask", cluster="prod", taskDefinition="api")
    task = started["tasks"][0]["taskArn"]
    account.client.json("ecs", f"{ecs}.StopTask", cluster="prod", task=task, reason="enough")
    event = eventually(lambda: [e for e in account.received(events) if e["detail"]["lastStatus"] == "STOPPED"])[0]
    assert (event["resources"], event["detail"]["stoppedReason"]) == ([task], "enough")
    assert event["detail"]["stoppedAt"].endswith("Z")


HANDLER = """
exports.handler = async (event) => {
  require('fs').appendFileSync(process.env.CALLS, JSON.stringify(event.Records.map((record) => record.body)) + '\\n');
};
"""


def test_the_batching_window_gathers_messages(account: Account, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    create_function(account, "notifier", HANDLER, CALLS=str(calls))
    mapping = {"BatchSize": 12, "MaximumBatchingWindowInSeconds": 90}
    source = account.arn("sqs", "alerts")
    account.client.rest(
        "lambda", "/2015-03-31/event-source-mappings", FunctionName="notifier", EventSourceArn=source, **mapping
    )
    started = time.monotonic()
    for number in range(11):
        account.client.json("sqs", "AmazonSQS.SendMessage", QueueUrl=account.queue, MessageBody=str(number))
    eventually(calls.exists)
    assert time.monotonic() - started >= 1.4
    assert [json.loads(line) for line in calls.read_text().splitlines()] == [[str(number) for number in range(11)]]
