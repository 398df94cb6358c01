"""Functions speak HTTPS to servers on this machine, as they would to any other."""

from ministack.core import lambda_runtime

DOWNGRADE = """if (host === "127.0.0.1" || host === "localhost" || host === msHost
        || (advertised && host === advertised)) {"""
"""MiniStack turns HTTPS to this machine into HTTP, for CloudFormation's custom resources."""


def keep_https() -> None:
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    if DOWNGRADE not in script:
        raise RuntimeError("MiniStack's Node.js worker is not the one that this was written for")
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(DOWNGRADE, "if (false) {")
