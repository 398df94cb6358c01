"""What functions ask of AWS is recorded, what others ask is not."""

from typing import Any

from account import Account
from emulator import REGION, launcher
from functions import create_function
from permissions import Need, Place, needed

HANDLER = """
const { env } = process;
exports.handler = async () => {
  const call = (service, target, body) => fetch(env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${env.AWS_ACCESS_KEY_ID}/20260101/${env.AWS_REGION}/${service}/aws4_request`,
      'x-amz-security-token': env.AWS_SESSION_TOKEN,
      'x-amz-target': target,
    },
    body: JSON.stringify(body),
  });
  for (const again of [1, 2]) {
    await call('ecs', 'AmazonEC2ContainerServiceV20141113.ListServices', { cluster: 'prod' });
  }
  await call('ssm', 'AmazonSSM.GetParameter', { Name: '/none', WithDecryption: true });
};
"""
PLACE = Place(REGION, "111122223333")


def recorded(port: int, function: str) -> list[dict[str, Any]]:
    answer = launcher(port, "GET", "function-calls")
    assert answer["isComplete"]
    return [call for call in answer["calls"] if call["function"] == function]


def test_calls_of_functions_are_recorded_once_also_those_that_fail(account: Account, port: int) -> None:
    create_function(account, "asker", HANDLER)
    account.client.json("ecs", "AmazonEC2ContainerServiceV20141113.ListServices", cluster="of the test")
    account.client.rest("lambda", "/2015-03-31/functions/asker/invocations")
    function, parameter = account.arn("lambda", "function:asker"), account.arn("ssm", "parameter/none")
    context = {
        "kms:ViaService": f"ssm.{REGION}.amazonaws.com",
        "kms:EncryptionContext:PARAMETER_ARN": parameter,
    }
    cluster = {"ecs:cluster": account.arn("ecs", "cluster/prod")}
    assert recorded(port, function) == [
        {"function": function, "action": "ecs:ListServices", "resource": "*", "context": cluster},
        {"function": function, "action": "ssm:GetParameter", "resource": parameter, "context": {}},
        {"function": function, "action": "kms:Decrypt", "resource": account.arn("kms", "key/any"), "context": context},
    ]


def test_each_resource_that_a_call_names_needs_its_permission() -> None:
    def resources(service: str, operation: str, **request: Any) -> list[tuple[str, str]]:
        return [(need.action, need.resource) for need in needed(service, operation, request, PLACE)]

    service = PLACE.arn("ecs", "service/prod/worker")
    assert resources("ecs", "DescribeServices", cluster="prod", services=["api", service]) == [
        ("ecs:DescribeServices", PLACE.arn("ecs", "service/prod/api")),
        ("ecs:DescribeServices", service),
    ]
    assert resources("ecs", "DescribeTaskDefinition", taskDefinition="api:1") == [("ecs:DescribeTaskDefinition", "*")]
    assert resources("monitoring", "GetMetricData") == [("cloudwatch:GetMetricData", "*")]
    assert resources("monitoring", "DescribeAlarms", AlarmNames=["a", "b"]) == [
        ("cloudwatch:DescribeAlarms", PLACE.arn("cloudwatch", f"alarm:{name}")) for name in "ab"
    ]
    assert resources("logs", "GetLogEvents", logGroupName="/ecs/api", logStreamName="api/1") == [
        ("logs:GetLogEvents", PLACE.arn("logs", "log-group:/ecs/api:log-stream:api/1"))
    ]
    url = "http://127.0.0.1:1/111122223333/alerts"
    assert resources("sqs", "ChangeMessageVisibilityBatch", QueueUrl=url) == [
        ("sqs:ChangeMessageVisibility", PLACE.arn("sqs", "alerts"))
    ]
    assert resources("dynamodb", "BatchGetItem", RequestItems={"threads": {}}) == [
        ("dynamodb:BatchGetItem", PLACE.arn("dynamodb", "table/threads"))
    ]
    assert resources("dynamodb", "Query", TableName="threads", IndexName="by-time") == [
        ("dynamodb:Query", PLACE.arn("dynamodb", "table/threads/index/by-time"))
    ]


def test_what_is_not_known_needs_everything() -> None:
    assert needed("s3", "PutObject", {}, PLACE) == [Need("s3:PutObject")]
