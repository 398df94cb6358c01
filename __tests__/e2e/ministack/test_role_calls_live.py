"""What Terraform asks is recorded by the role that it assumes, in every protocol; what others ask is not."""

import contextlib

from account import Account
from emulator import Client, Refused, launcher
from permissions import Need, Place, needed

PLACE = Place("eu-west-1", "111122223333")


def test_calls_of_an_assumed_role_are_recorded_also_those_that_fail(account: Account, port: int) -> None:
    role = f"arn:aws:iam::{account.id}:role/recorded"
    answer = account.client.query("sts", "AssumeRole", RoleArn=role, RoleSessionName="test")
    key = answer.findtext(".//AccessKeyId") or ""
    assumed = Client(port, key, user_agent="APN/1.0 HashiCorp/1.0 Terraform/1.11.4")
    Client(port, key).json("sqs", "AmazonSQS.CreateQueue", QueueName="of-the-doctor")
    assumed.json("sqs", "AmazonSQS.CreateQueue", QueueName="made", tags={"Team": "a"})
    account.client.json("sqs", "AmazonSQS.CreateQueue", QueueName="of-the-test")
    with contextlib.suppress(Refused):
        assumed.query("iam", "GetRole", RoleName="none")
    with contextlib.suppress(Refused):
        assumed.rest("lambda", "/2015-03-31/functions/none/policy")
    recorded = [call for call in launcher(port, "GET", "role-calls")["calls"] if call["role"] == role]
    assert [(call["action"], call["resource"]) for call in recorded] == [
        ("sqs:CreateQueue", account.arn("sqs", "made")),
        ("sqs:TagQueue", account.arn("sqs", "made")),
        ("iam:GetRole", f"arn:aws:iam::{account.id}:role/none"),
        ("lambda:AddPermission", account.arn("lambda", "function:none")),
    ]


def test_what_is_made_is_tagged_and_gets_its_role_passed() -> None:
    role = PLACE.global_arn("iam", "role/ecs-alerts-shop")
    function = PLACE.arn("lambda", "function:notifier")
    request = {"FunctionName": "notifier", "Role": role, "Tags": {"Team": "a"}}
    assert needed("lambda", "CreateFunction", request, PLACE) == [
        Need("lambda:CreateFunction", function),
        Need("lambda:TagResource", function),
        Need("iam:PassRole", role, {"iam:PassedToService": "lambda.amazonaws.com"}),
    ]


def test_each_service_names_its_resources() -> None:
    def resources(service: str, operation: str, **request: object) -> list[str]:
        return [need.resource for need in needed(service, operation, request, PLACE)]

    topic = PLACE.arn("sns", "alarms")
    assert resources("sns", "CreateTopic", Name="alarms") == [topic]
    assert resources("sns", "SetTopicAttributes", TopicArn=topic) == [topic]
    assert resources("sns", "Unsubscribe", SubscriptionArn=f"{topic}:1") == ["*"]
    assert resources("sqs", "GetQueueUrl", QueueName="alerts") == [PLACE.arn("sqs", "alerts")]
    assert resources("dynamodb", "TagResource", ResourceArn="arn:table") == ["arn:table"]
    assert resources("events", "PutTargets", Rule="deployment") == [PLACE.arn("events", "rule/deployment")]
    assert resources("logs", "DescribeLogGroups", logGroupNamePrefix="/ecs") == ["*"]
    assert resources("logs", "PutMetricFilter", logGroupName="/ecs/api") == [PLACE.arn("logs", "log-group:/ecs/api")]
    assert resources("monitoring", "DeleteAlarms", AlarmNames=["a"]) == [PLACE.arn("cloudwatch", "alarm:a")]
    assert resources("monitoring", "GetDashboard", DashboardName="b") == [PLACE.global_arn("cloudwatch", "dashboard/b")]
    assert resources("lambda", "ListTags", Resource="arn:mapping") == ["arn:mapping"]
