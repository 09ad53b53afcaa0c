"""How reading an AWS account grows: calls, seconds and memory for accounts of several sizes, on moto beside it.

    python bench/live_aws.py 100 1000 5000

The functions are Lambda's, with a tenth as many tables and alarms. Nothing leaves the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

PORT = 5871
URL = f"http://127.0.0.1:{PORT}"
REGION = "us-east-1"
READ = """
import json, resource, sys, time
from datetime import UTC, datetime
from gonogo.model.sources import AwsSource
from gonogo.tools.live.aws import observe
from gonogo.tools.live.aws.asking import Asker
from gonogo.tools.live.shown import Reading
import botocore.endpoint
calls = [0]
real = botocore.endpoint.Endpoint._send
def counted(self, request):
    calls[0] += 1
    return real(self, request)
botocore.endpoint.Endpoint._send = counted
started = time.monotonic()
shown = observe(AwsSource(regions=("us-east-1",), endpoint_url=sys.argv[1]), Reading(lambda: datetime.now(UTC)))
seconds = time.monotonic() - started
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"records": len(shown.records), "gaps": len(shown.gaps), "calls": calls[0],
    "seconds": round(seconds, 1), "cpu": round(usage.ru_utime + usage.ru_stime, 1), "mb": usage.ru_maxrss // 1024}))
"""


def main() -> None:
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    for count in map(int, sys.argv[1:] or ["100", "1000", "5000"]):
        serve = f"from moto.server import main; main(['-p', '{PORT}'])"
        server = subprocess.Popen(
            [sys.executable, "-c", serve], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )
        try:
            seed(count)
            done = subprocess.run(
                [sys.executable, "-c", READ, URL], capture_output=True, text=True, check=True, env=environment
            )
            print(count, json.loads(done.stdout))
        finally:
            server.kill()
            server.wait()


def seed(count: int) -> None:
    import boto3
    from botocore.exceptions import BotoCoreError

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=URL,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    for _ in range(100):
        try:
            client("sts").get_caller_identity()
            break
        except BotoCoreError:
            time.sleep(0.2)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    functions, tables, alarms = client("lambda"), client("dynamodb"), client("cloudwatch")
    for number in range(count):
        functions.create_function(
            FunctionName=f"f{number}", Runtime="python3.12", Role=role, Handler="a.b", Code={"ZipFile": b"x"}
        )
    for number in range(count // 10):
        tables.create_table(
            TableName=f"t{number}",
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        alarms.put_metric_alarm(
            AlarmName=f"a{number}",
            Namespace="AWS/Lambda",
            MetricName="Errors",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            Statistic="Sum",
        )


if __name__ == "__main__":
    main()
