"""Functions that tests deploy."""

import base64
import io
import zipfile
from typing import Any

from account import Account


def create_function(account: Account, name: str, handler: str, **environment: Any) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("index.js", handler)
    account.client.rest(
        "lambda", "/2015-03-31/functions", FunctionName=name, Runtime="nodejs20.x", Handler="index.handler",
        Role=account.arn("iam", f"role/{name}"), Code={"ZipFile": base64.b64encode(archive.getvalue()).decode()},
        Environment={"Variables": environment},
    )
