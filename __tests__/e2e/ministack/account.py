"""An account of the emulator as a test uses it: alarms, datapoints, and what is told of them."""

import json
import time
from typing import Any

from builders import dimension_list
from emulator import REGION, Client, eventually

GRANITE = "GraniteServiceVersion20100801"
QUERY = (
    'SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/ECS", ClusterName, ServiceName) WHERE ClusterName = \'prod\' '
    "GROUP BY ServiceName ORDER BY AVG() DESC"
)


class Account:
    """An account of its own for each test, with a topic whose messages and events arrive in a queue."""

    number = 100000000000

    def __init__(self, port: int):
        Account.number += 1
        self.id = str(Account.number)
        self.client = Client(port, self.id)
        self.heard: list[dict[str, Any]] = []
        self.topic = self.client.query("sns", "CreateTopic", Name="alerts").findtext(".//TopicArn")
        self.queue = self.create_queue("alerts")
        self.client.query("sns", "Subscribe", TopicArn=self.topic, Protocol="sqs", Endpoint=self.arn("sqs", "alerts"))

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{REGION}:{self.id}:{resource}"

    def create_queue(self, name: str) -> str:
        return self.client.json("sqs", "AmazonSQS.CreateQueue", QueueName=name)["QueueUrl"]

    def put_alarm(self, **members: Any) -> str:
        settings = {
            "AlarmName": "cpu-high",
            "AlarmDescription": "CPU > 80 % & more",
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 80,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 3,
            "TreatMissingData": "notBreaching",
            "AlarmActions": [self.topic],
            "OKActions": [self.topic],
        } | members
        self.client.query("monitoring", "PutMetricAlarm", **settings)
        return settings["AlarmName"]

    def put_cpu(self, service: str, value: float, seconds: range) -> None:
        """One datapoint in each of these periods, counted from the present one."""
        dimensions = dimension_list({"ClusterName": "prod", "ServiceName": service})
        now = int(time.time())
        data = [
            {"MetricName": "CPUUtilization", "Dimensions": dimensions, "Value": value, "Timestamp": now + second}
            for second in seconds
        ]
        self.client.json("monitoring", f"{GRANITE}.PutMetricData", Namespace="AWS/ECS", MetricData=data)

    def state(self, name: str = "cpu-high") -> str | None:
        answer = self.client.query("monitoring", "DescribeAlarms", AlarmNames=[name])
        return answer.findtext(".//StateValue")

    def received(self, queue: str | None = None) -> list[dict[str, Any]]:
        url = queue or self.queue
        answer = self.client.json("sqs", "AmazonSQS.ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
        found = []
        for message in answer.get("Messages", []):
            handle = message["ReceiptHandle"]
            self.client.json("sqs", "AmazonSQS.DeleteMessage", QueueUrl=url, ReceiptHandle=handle)
            body = json.loads(message["Body"])
            found.append(json.loads(body["Message"]) if "TopicArn" in body else body)
        self.heard += found
        return found

    def told(self, state: str, seconds: float = 5) -> dict[str, Any]:
        """The next message of this state."""
        return eventually(
            lambda: next((message for message in self.received() if message["NewStateValue"] == state), None), seconds
        )

    def route_events(self, source: str) -> str:
        queue = self.create_queue("events")
        pattern = json.dumps({"source": [source]})
        self.client.json("events", "AWSEvents.PutRule", Name="all", EventPattern=pattern)
        target = {"Id": "queue", "Arn": self.arn("sqs", "events")}
        self.client.json("events", "AWSEvents.PutTargets", Rule="all", Targets=[target])
        return queue


def single_metric(service: str = "api") -> dict[str, Any]:
    return {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": dimension_list({"ClusterName": "prod", "ServiceName": service}),
        "Statistic": "Average",
        "Period": 60,
    }


def query_entry(sql: str = QUERY) -> list[dict[str, Any]]:
    return [{"Id": "q", "Expression": sql, "Period": 60, "ReturnData": True}]
