"""Names: CloudFormation's resource types in Terraform's words, and properties in snake_case."""

from __future__ import annotations

import re
from functools import lru_cache

_FIRST = re.compile(r"(.)([A-Z][a-z]+)")
_SECOND = re.compile(r"([a-z0-9])([A-Z])")

_TYPES = """
ApiGateway::RestApi aws_api_gateway_rest_api
ApiGateway::Stage aws_api_gateway_stage
ApiGateway::Method aws_api_gateway_method
ApiGateway::UsagePlan aws_api_gateway_usage_plan
ApiGateway::Authorizer aws_api_gateway_authorizer
ApiGatewayV2::Api aws_apigatewayv2_api
ApiGatewayV2::Stage aws_apigatewayv2_stage
ApiGatewayV2::Route aws_apigatewayv2_route
ApiGatewayV2::Authorizer aws_apigatewayv2_authorizer
AppRunner::Service aws_apprunner_service
AppSync::GraphQLApi aws_appsync_graphql_api
Amplify::App aws_amplify_app
ApplicationAutoScaling::ScalableTarget aws_appautoscaling_target
ApplicationAutoScaling::ScalingPolicy aws_appautoscaling_policy
AutoScaling::AutoScalingGroup aws_autoscaling_group
AutoScaling::LaunchConfiguration aws_launch_configuration
AutoScaling::ScalingPolicy aws_autoscaling_policy
AutoScaling::ScheduledAction aws_autoscaling_schedule
Backup::BackupPlan aws_backup_plan
Backup::BackupSelection aws_backup_selection
Backup::BackupVault aws_backup_vault
Batch::JobDefinition aws_batch_job_definition
Bedrock::Agent aws_bedrockagent_agent
Bedrock::Guardrail aws_bedrock_guardrail
Bedrock::KnowledgeBase aws_bedrockagent_knowledge_base
BedrockAgentCore::Runtime aws_bedrockagentcore_agent_runtime
Budgets::Budget aws_budgets_budget
CE::AnomalyMonitor aws_ce_anomaly_monitor
CE::AnomalySubscription aws_ce_anomaly_subscription
CertificateManager::Certificate aws_acm_certificate
CloudFront::Distribution aws_cloudfront_distribution
CloudTrail::Trail aws_cloudtrail
CloudTrail::EventDataStore aws_cloudtrail_event_data_store
CloudWatch::Alarm aws_cloudwatch_metric_alarm
CloudWatch::CompositeAlarm aws_cloudwatch_composite_alarm
CloudWatch::Dashboard aws_cloudwatch_dashboard
CodeBuild::Project aws_codebuild_project
CodeDeploy::DeploymentGroup aws_codedeploy_deployment_group
CodePipeline::Pipeline aws_codepipeline
Cognito::UserPool aws_cognito_user_pool
Cognito::IdentityPool aws_cognito_identity_pool
DAX::Cluster aws_dax_cluster
DLM::LifecyclePolicy aws_dlm_lifecycle_policy
DocDB::DBCluster aws_docdb_cluster
DocDB::DBInstance aws_docdb_cluster_instance
DSQL::Cluster aws_dsql_cluster
DynamoDB::Table aws_dynamodb_table
DynamoDB::GlobalTable aws_dynamodb_table
EC2::EIP aws_eip
EC2::FlowLog aws_flow_log
EC2::Instance aws_instance
EC2::LaunchTemplate aws_launch_template
EC2::NatGateway aws_nat_gateway
EC2::NetworkAcl aws_network_acl
EC2::SecurityGroup aws_security_group
EC2::SecurityGroupIngress aws_security_group_rule
EC2::SecurityGroupEgress aws_security_group_rule
EC2::SpotFleet aws_spot_fleet_request
EC2::EC2Fleet aws_ec2_fleet
EC2::Subnet aws_subnet
EC2::VPC aws_vpc
EC2::VPCEndpoint aws_vpc_endpoint
EC2::Volume aws_ebs_volume
ECR::Repository aws_ecr_repository
ECS::CapacityProvider aws_ecs_capacity_provider
ECS::Cluster aws_ecs_cluster
ECS::Service aws_ecs_service
ECS::TaskDefinition aws_ecs_task_definition
EFS::FileSystem aws_efs_file_system
EKS::Cluster aws_eks_cluster
EKS::Nodegroup aws_eks_node_group
EKS::FargateProfile aws_eks_fargate_profile
EKS::PodIdentityAssociation aws_eks_pod_identity_association
ElastiCache::CacheCluster aws_elasticache_cluster
ElastiCache::ReplicationGroup aws_elasticache_replication_group
ElastiCache::ServerlessCache aws_elasticache_serverless_cache
ElasticBeanstalk::Environment aws_elastic_beanstalk_environment
ElasticLoadBalancing::LoadBalancer aws_elb
ElasticLoadBalancingV2::Listener aws_lb_listener
ElasticLoadBalancingV2::LoadBalancer aws_lb
ElasticLoadBalancingV2::TargetGroup aws_lb_target_group
Elasticsearch::Domain aws_elasticsearch_domain
Events::EventBus aws_cloudwatch_event_bus
Events::Rule aws_cloudwatch_event_rule
FSx::FileSystem aws_fsx_lustre_file_system
GuardDuty::Detector aws_guardduty_detector
IAM::AccessKey aws_iam_access_key
IAM::Group aws_iam_group
IAM::InstanceProfile aws_iam_instance_profile
IAM::ManagedPolicy aws_iam_policy
IAM::OIDCProvider aws_iam_openid_connect_provider
IAM::Policy aws_iam_role_policy
IAM::RolePolicy aws_iam_role_policy
IAM::UserPolicy aws_iam_user_policy
IAM::GroupPolicy aws_iam_group_policy
IAM::Role aws_iam_role
IAM::User aws_iam_user
InspectorV2::Filter aws_inspector2_filter
KMS::Alias aws_kms_alias
KMS::Key aws_kms_key
Kendra::Index aws_kendra_index
Kinesis::Stream aws_kinesis_stream
KinesisFirehose::DeliveryStream aws_kinesis_firehose_delivery_stream
Lambda::Alias aws_lambda_alias
Lambda::EventInvokeConfig aws_lambda_function_event_invoke_config
Lambda::EventSourceMapping aws_lambda_event_source_mapping
Lambda::Function aws_lambda_function
Lambda::Permission aws_lambda_permission
Lambda::Url aws_lambda_function_url
Logs::LogGroup aws_cloudwatch_log_group
Logs::MetricFilter aws_cloudwatch_log_metric_filter
MSK::Cluster aws_msk_cluster
MSK::ServerlessCluster aws_msk_serverless_cluster
Macie::Session aws_macie2_account
MemoryDB::Cluster aws_memorydb_cluster
Neptune::DBCluster aws_neptune_cluster
OpenSearchServerless::Collection aws_opensearchserverless_collection
OpenSearchServerless::SecurityPolicy aws_opensearchserverless_security_policy
OpenSearchService::Domain aws_opensearch_domain
RDS::DBCluster aws_rds_cluster
RDS::DBInstance aws_db_instance
RDS::GlobalCluster aws_rds_global_cluster
Redshift::Cluster aws_redshift_cluster
RedshiftServerless::Namespace aws_redshiftserverless_namespace
Route53::HostedZone aws_route53_zone
Route53::RecordSet aws_route53_record
Route53::HealthCheck aws_route53_health_check
S3::Bucket aws_s3_bucket
S3::BucketPolicy aws_s3_bucket_policy
SNS::Subscription aws_sns_topic_subscription
SNS::Topic aws_sns_topic
SNS::TopicPolicy aws_sns_topic_policy
SQS::Queue aws_sqs_queue
SQS::QueuePolicy aws_sqs_queue_policy
SSM::Parameter aws_ssm_parameter
SageMaker::Endpoint aws_sagemaker_endpoint
SageMaker::Model aws_sagemaker_model
SageMaker::NotebookInstance aws_sagemaker_notebook_instance
Scheduler::Schedule aws_scheduler_schedule
SecretsManager::RotationSchedule aws_secretsmanager_secret_rotation
SecretsManager::Secret aws_secretsmanager_secret
SecurityHub::Hub aws_securityhub_account
StepFunctions::StateMachine aws_sfn_state_machine
Synthetics::Canary aws_synthetics_canary
Timestream::Database aws_timestreamwrite_database
WAFv2::WebACL aws_wafv2_web_acl
WAFv2::WebACLAssociation aws_wafv2_web_acl_association
XRay::Group aws_xray_group
Cassandra::Table aws_keyspaces_table
AmazonMQ::Broker aws_mq_broker
"""
_TYPE_OF = dict(line.split() for line in _TYPES.strip().splitlines())


def terraform_type(type_: str) -> str:
    """``AWS::RDS::DBInstance`` as ``aws_db_instance``; a type without a counterpart as it is."""
    return _TYPE_OF.get(type_.removeprefix("AWS::"), type_)


@lru_cache(maxsize=4096)
def snake(name: str) -> str:
    """``DBInstanceClass`` as ``db_instance_class``."""
    return _SECOND.sub(r"\1_\2", _FIRST.sub(r"\1_\2", name)).lower()


def camel(name: str) -> str:
    """``PortMappings`` as ``portMappings``."""
    return name[:1].lower() + name[1:]


@lru_cache(maxsize=4096)
def pascal(name: str) -> str:
    """``portMappings`` or ``port_mappings`` as ``PortMappings``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))
