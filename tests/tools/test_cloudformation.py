"""What the cloudformation tool resolves, and that it speaks Terraform's words."""

from __future__ import annotations

from pathlib import Path

from gonogo.facts.cloudformation import CloudFormation
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown
from tests.asking import read

TEMPLATE = """AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Environment: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Days: {Type: Number, Default: 14}
Conditions:
  IsProd: !Equals [!Ref Environment, prod]
  IsDev: !Equals [!Ref Environment, dev]
Mappings:
  Sizes: {prod: {class: db.r6g.large}, dev: {class: db.t4g.micro}}
Resources:
  Database:
    Type: AWS::RDS::DBInstance
    DeletionPolicy: Retain
    Properties:
      DBInstanceClass: !FindInMap [Sizes, !Ref Environment, class]
      MultiAZ: !If [IsProd, true, false]
      StorageEncrypted: true
      BackupRetentionPeriod: !Ref Days
  Scratch:
    Type: AWS::S3::Bucket
    Condition: IsDev
  Store:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub 'acme-${Environment}-${AWS::AccountId}'
      VersioningConfiguration: {Status: Enabled}
      PublicAccessBlockConfiguration: {BlockPublicAcls: true}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: 0.0.0.0/0}
"""


def cloudformation(folder: Path, files: dict[str, str]) -> CloudFormation:
    return read(files, folder).cloudformation


def one(found: CloudFormation, address: str) -> Resource:
    resource = found.find(address)
    assert resource is not None, [r.address for r in found.all_resources]
    return resource


def test_templates_speak_terraforms_words_in_the_audited_environment(tmp_path: Path) -> None:
    found = cloudformation(tmp_path, {"template.yaml": TEMPLATE})
    database = one(found, "Database")
    assert (database.type, database.kind) == ("aws_db_instance", Kind.DATABASE)
    assert database.get("instance_class") == "db.r6g.large"
    assert (database.get("multi_az"), database.get("storage_encrypted")) == (True, True)
    assert (database.get("backup_retention_period"), database.get("deletion_policy")) == (14, "Retain")
    assert database.place("multi_az").line == 16
    assert one(found, "Scratch").exists is False
    store = one(found, "Store")
    assert isinstance(store.get("bucket"), Unknown) and str(store.get("bucket")) == "acme-prod-${AWS::AccountId}"
    assert store.truth("versioning.enabled") is True
    (block,) = found.resources("aws_s3_bucket_public_access_block")
    assert block.refers_to(store) and block.get("block_public_acls") is True
    assert one(found, "Group").get("ingress.0.cidr_blocks") == ("0.0.0.0/0",)


def test_serverless_functions_get_globals_roles_and_implicit_apis(tmp_path: Path) -> None:
    template = """Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Timeout: 20, Tracing: Active}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      MemorySize: 256
      Policies: [AmazonS3FullAccess, {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}]
      FunctionUrlConfig: {AuthType: NONE}
      Events: {Get: {Type: Api, Properties: {Path: /, Method: get}}}
"""
    found = cloudformation(tmp_path, {"template.yaml": template})
    hello = one(found, "Hello")
    assert (hello.get("timeout"), hello.get("memory_size"), hello.get("tracing_config.mode")) == (20, 256, "Active")
    assert one(found, "HelloRole").get("managed_policy_arns") == ("arn:aws:iam::aws:policy/AmazonS3FullAccess",)
    assert one(found, "HelloRole").get("inline_policy.0.policy.Statement.0.Action") == "*"
    assert one(found, "HelloUrl").kind == Kind.FUNCTION_URL
    assert found.resources(Kind.API)


def test_nested_stacks_get_their_parameters_and_are_not_deployed_alone(tmp_path: Path) -> None:
    child = "Parameters: {Days: {Type: Number, Default: 1}}\nResources:\n  T:\n    Type: AWS::RDS::DBInstance\n"
    child += "    Properties: {BackupRetentionPeriod: !Ref Days}\n"
    parent = "Resources:\n  Data:\n    Type: AWS::CloudFormation::Stack\n"
    parent += "    Properties: {TemplateURL: ./data.yaml, Parameters: {Days: 30}}\n"
    found = cloudformation(tmp_path, {"main.yaml": parent, "data.yaml": child})
    assert [(r.address, r.get("backup_retention_period")) for r in found.resources(Kind.DATABASE)] == [("Data.T", 30)]


CDK = """import * as cdk from 'aws-cdk-lib';
import { aws_rds as rds } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
const retention = 14;
export class Store extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const table = new Table(this, 'Orders', { pointInTimeRecovery: props.stage === 'prod' });
    new rds.DatabaseInstance(this, 'Db', {
      backupRetention: cdk.Duration.days(retention),
      removalPolicy: cdk.RemovalPolicy.RETAIN,
    });
    if (props.extra) { new s3.Bucket(this, 'Extra', { blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL }); }
    const group = new ec2.SecurityGroup(this, 'Group', {});
    group.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(22));
  }
}
export class Unused extends cdk.Stack {
  constructor(scope) { super(scope); new Table(this, 'Ghost', {}); }
}
"""


def test_cdk_constructs_have_the_librarys_defaults(tmp_path: Path) -> None:
    files = {
        "cdk.json": "{}",
        "lib/store.ts": CDK,
        "bin/app.ts": "import 'aws-cdk-lib';\nnew Store(app, 'S', { extra: x() });",
    }
    found = cloudformation(tmp_path, files)
    orders = one(found, "Store/Orders")
    assert orders.truth("point_in_time_recovery.enabled") is True and orders.get("deletion_policy") == "retain"
    database = one(found, "Store/Db")
    assert database.get("backup_retention_period") == 14
    assert (database.get("deletion_protection"), database.get("storage_encrypted")) == (True, False)
    assert one(found, "Store/Extra").exists is None
    (block,) = found.resources("aws_s3_bucket_public_access_block")
    assert block.get("restrict_public_buckets") is True
    (rule,) = found.resources("aws_security_group_rule")
    assert (rule.get("from_port"), rule.get("cidr_blocks"), rule.at.line) == (22, ("0.0.0.0/0",), 17)
    assert found.find("Unused/Ghost") is None


def test_cdk_in_python(tmp_path: Path) -> None:
    source = """from aws_cdk import Stack, aws_s3 as s3, aws_iam as iam, RemovalPolicy
class Main(Stack):
    def __init__(self, scope, id, **kw):
        super().__init__(scope, id, **kw)
        self.bucket = s3.Bucket(self, "Files", versioned=True, removal_policy=RemovalPolicy.DESTROY)
        iam.PolicyStatement(actions=["s3:*"], resources=["*"])
Main(app, "Main")
"""
    found = cloudformation(tmp_path, {"cdk.json": "{}", "app.py": source})
    files = one(found, "Main/Files")
    assert files.truth("versioning.enabled") is True and files.get("deletion_policy") == "destroy"
    (policy,) = found.resources("aws_iam_role_policy")
    assert policy.get("policy.Statement.0.Action") == ("s3:*",)


def test_synthesized_templates_stand_for_the_sources(tmp_path: Path) -> None:
    made = '{"Resources": {"T": {"Type": "AWS::DynamoDB::Table", "Properties": {}}}}'
    files = {"cdk.json": "{}", "lib/store.ts": CDK, "cdk.out/S.template.json": made}
    assert [r.address for r in cloudformation(tmp_path, files).resources()] == ["T"]


def test_serverless_framework_services(tmp_path: Path) -> None:
    service = """service: shop
provider:
  name: aws
  stage: ${opt:stage, 'dev'}
  timeout: 10
  iam: {role: {statements: [{Effect: Allow, Action: 'dynamodb:*', Resource: '*'}]}}
functions:
  list: {handler: a.b, events: [{httpApi: GET /}]}
resources:
  Resources:
    Orders:
      Type: AWS::DynamoDB::Table
      Properties: {TableName: 'orders-${self:provider.stage}'}
"""
    found = cloudformation(tmp_path, {"serverless.yml": service})
    assert one(found, "list").get("timeout") == 10
    assert one(found, "Orders").get("name") == "orders-production"
    assert found.resources(Kind.API) and found.resources(Kind.POLICY)


def test_other_definitions_are_seen_and_broken_templates_are_unread(tmp_path: Path) -> None:
    files = {
        "Pulumi.yaml": "name: x",
        "main.bicep": "param a string",
        "broken.yaml": "AWSTemplateFormatVersion: x\nResources: {A: {Type: AWS::S3::Bucket\n  : }",
    }
    found = cloudformation(tmp_path, files)
    assert {t.flavour for t in found.templates} == {"pulumi", "bicep"}
    assert [u.path for u in found.unread] == ["broken.yaml"]
