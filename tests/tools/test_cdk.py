"""CDK apps: what they instantiate, and with what."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.facts.cloudformation import CloudFormation
from gonogo.facts.kinds import Kind
from tests.asking import ask, read, status

CONFIG = '{"app": "npx tsx bin/app.ts"}'
APP = """import * as cdk from 'aws-cdk-lib';
import { Live } from '../lib/live.js';
const app = new cdk.App();
new Live(app, 'Live', { stage: 'dev' });
"""
LIVE = """import * as cdk from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Tables } from './tables';
export class Live extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    new Tables(this, 'Tables', { recovery: true, environment: props.stage });
  }
}
export class Retired extends cdk.Stack {
  constructor(scope, id) { super(scope, id); new s3.Bucket(this, 'Old', { publicReadAccess: true }); }
}
"""
TABLES = """import { RemovalPolicy } from 'aws-cdk-lib';
import * as ddb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
export class Tables extends Construct {
  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    const environment = props?.environment || 'production';
    this.table = new ddb.Table(this, 'Table', {
      pointInTimeRecovery: props.recovery,
      encryptionKey: props.key,
      removalPolicy: environment === 'production' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    if (props?.alerts !== true) {
      return;
    }
    new lambda.Function(this, 'Alert', {});
  }
}
"""
FILES = {"cdk.json": CONFIG, "bin/app.ts": APP, "lib/live.ts": LIVE, "lib/tables.ts": TABLES}


def read_cdk(folder: Path, files: dict[str, str]) -> CloudFormation:
    return read(files, folder).cloudformation


def test_only_what_the_app_instantiates_counts(tmp_path: Path) -> None:
    found = read_cdk(tmp_path, FILES)
    assert not found.resources(Kind.BUCKET, dormant=True)
    assert [r.address for r in found.retired] == ["Retired/Old"]
    assert status("public-storage", FILES) == "not_applicable"
    assert status("public-storage", {**FILES, "bin/app.ts": APP.replace("Live", "Retired")}) == "fail"


def test_a_constructor_passes_on_what_it_is_given(tmp_path: Path) -> None:
    (table,) = read_cdk(tmp_path, FILES).resources("aws_dynamodb_table")
    assert table.get("point_in_time_recovery.enabled") is True
    assert table.get("deletion_policy") == "destroy"  # The stage is dev, whatever is audited.
    assert "encryption_key" not in table.attributes


def test_an_early_return_leaves_out_what_follows(tmp_path: Path) -> None:
    (alert,) = read_cdk(tmp_path, FILES).resources("aws_lambda_function", dormant=True)
    assert alert.exists is False
    on = {**FILES, "lib/live.ts": LIVE.replace("recovery: true", "alerts: true")}
    (tmp_path / "on").mkdir()
    (alert,) = read_cdk(tmp_path / "on", on).resources("aws_lambda_function")
    assert alert.exists is True


def test_what_callers_give_differently_is_unknown(tmp_path: Path) -> None:
    twice = LIVE.replace("    new Tables", "    new Tables(this, 'More', { recovery: false });\n    new Tables", 1)
    (table,) = read_cdk(tmp_path, {**FILES, "lib/live.ts": twice}).resources("aws_dynamodb_table")
    assert table.truth("point_in_time_recovery.enabled") is None


def test_an_object_for_the_audited_environment_goes_before_others(tmp_path: Path) -> None:
    app = APP + "new Live(app, 'prod', { stage: 'production' });\n"
    (table,) = read_cdk(tmp_path, {**FILES, "bin/app.ts": app}).resources("aws_dynamodb_table")
    assert table.get("deletion_policy") == "retain"


def test_a_helpers_parameter_is_not_the_constructors(tmp_path: Path) -> None:
    helper = TABLES.replace("this.table = ", "this.make({});\n  }\n  make(props) {\n    const environment = 'x';\n    ")
    (table,) = read_cdk(tmp_path, {**FILES, "lib/tables.ts": helper}).resources("aws_dynamodb_table")
    assert table.truth("point_in_time_recovery.enabled") is None


BOTH = APP + "import { Retired } from '../lib/live';\n"


@pytest.mark.parametrize(
    "change",
    [
        {"cdk.json": '{"app": "mvn exec:java"}', "bin/app.ts": "import 'aws-cdk-lib';\nnew Retired(x); new Live(x);"},
        {"cdk.json": '{"app": "node dist/bin/app.js"}', "bin/app.ts": BOTH + "new Retired(app);"},
        {"deploy.sh": "cdk deploy -a bin/old.ts", "bin/old.ts": APP.replace("Live", "Retired")},
        {"bin/app.ts": BOTH + "if (process.env.OLD) { new Retired(app, 'Old'); }"},
        {"bin/app.ts": BOTH + "make(app, Retired);"},
    ],
    ids=["no entry", "compiled", "another app", "condition", "by name"],
)  # fmt: skip
def test_doubt_keeps_a_stack(tmp_path: Path, change: dict[str, str]) -> None:
    (bucket,) = read_cdk(tmp_path, {**FILES, **change}).resources(Kind.BUCKET)
    assert bucket.address == "Retired/Old" and bucket.exists is not False


def test_an_import_is_no_definition(tmp_path: Path) -> None:
    live = LIVE.replace(
        "    new Tables", "    const b = s3.Bucket.fromBucketName(this, 'Docs', 'docs');\n    new Tables", 1
    )
    files = {**FILES, "lib/live.ts": live}
    found = read_cdk(tmp_path, files)
    assert not found.resources(Kind.BUCKET) and found.imported(Kind.BUCKET)[0].get("name") == "docs"
    assert status("public-storage", files) == "unverified"


def test_python_stacks_are_followed_by_their_keywords(tmp_path: Path) -> None:
    app = "import aws_cdk as cdk\nfrom stacks.store import Store\napp = cdk.App()\nStore(app, 'S', keep=True)\n"
    store = """from aws_cdk import Stack, RemovalPolicy, aws_dynamodb as ddb, aws_s3 as s3
class Store(Stack):
    def __init__(self, scope, id, *, keep: bool = False, **kwargs):
        super().__init__(scope, id, **kwargs)
        if keep:
            ddb.Table(self, "T", point_in_time_recovery=keep)
        else:
            s3.Bucket(self, "B")
class Old(Stack):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        s3.Bucket(self, "C")
"""
    files = {"cdk.json": '{"app": "python3 app.py"}', "app.py": app, "stacks/store.py": store}
    found = read_cdk(tmp_path, files)
    (table,) = found.resources()
    assert table.address == "Store/T" and table.get("point_in_time_recovery.enabled") is True
    assert [(r.address, r.exists) for r in found.resources(Kind.BUCKET, dormant=True)] == [("Store/B", False)]


def test_targets_of_rules_and_actions_of_alarms_reach_over_files(tmp_path: Path) -> None:
    live = """import * as cdk from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { Watch } from './tables';
export class Live extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const watch = new Watch(this, 'Watch');
    watch.alarm.addAlarmAction(props.action);
    watch.rule.addTarget(new targets.LambdaFunction(watch.fn, { DEAD }));
  }
}
"""
    watch = """import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
export class Watch extends Construct {
  constructor(scope, id) {
    this.alarm = new cloudwatch.Alarm(this, 'Alarm', {});
    this.rule = new events.Rule(this, 'Rule', {});
    this.fn = new lambda.Function(this, 'Fn', { deadLetterQueueEnabled: true });
  }
}
"""
    files = {**FILES, "lib/live.ts": live.replace("DEAD", "retryAttempts: 2"), "lib/tables.ts": watch}
    found = read_cdk(tmp_path, files)
    assert found.resources("aws_cloudwatch_metric_alarm")[0].get("alarm_actions")
    assert found.resources("aws_cloudwatch_event_target")[0].references() >= {"Watch/Fn", "Watch/Rule"}
    assert status("dead-letter-queues", files) == "fail"
    assert status("dead-letter-queues", {**files, "lib/live.ts": live.replace("DEAD", "deadLetterQueue: q")}) == "pass"


def test_a_stack_that_imports_its_own_export_can_not_be_deployed() -> None:
    live = """import * as cdk from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Part } from './tables';
export class Live extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    new Part(this, 'Part');
    new cdk.CfnOutput(this, 'Out', { value: 'x', exportName: 'live-id' });
    s3.Bucket.fromBucketName(this, 'Docs', 'docs');
  }
}
export class Retired extends cdk.Stack {
  constructor(scope, id) { super(scope, id); new s3.Bucket(this, 'Old', { bucketName: 'docs' }); }
}
"""
    part = """import * as cdk from 'aws-cdk-lib';
export class Part extends X { constructor() { cdk.Fn.importValue('live-id'); } }
"""
    files = {**FILES, "lib/live.ts": live, "lib/tables.ts": part}
    answer = ask("valid-configuration", files).assessment
    assert answer.status.value == "fail"
    assert "live-id" in answer.reason and "docs" in answer.reason
    assert status("inventory-complete", files) == "fail"
    other = {"lib/live.ts": live.replace("'docs'", "'others'", 1), "lib/tables.ts": part.replace("live-id", "other-id")}
    assert status("valid-configuration", {**files, **other}) != "fail"
