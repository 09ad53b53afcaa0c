"""What a cloud resource is, whoever provides it: a table from resource types (in Terraform's words) to kinds."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A provider-neutral kind of resource."""

    DATABASE = "database"
    TABLE = "table"
    CACHE = "cache"
    BUCKET = "bucket"
    VOLUME = "volume"
    FILE_SYSTEM = "file system"
    SEARCH = "search domain"
    STREAM = "stream"
    QUEUE = "queue"
    TOPIC = "topic"
    FUNCTION = "function"
    CONTAINER_SERVICE = "container service"
    TASK_DEFINITION = "task definition"
    CLUSTER = "cluster"
    NODE_GROUP = "node group"
    INSTANCE = "instance"
    LAUNCH_TEMPLATE = "launch template"
    INSTANCE_GROUP = "instance group"
    SCALING_POLICY = "scaling policy"
    LOAD_BALANCER = "load balancer"
    LISTENER = "listener"
    API = "API gateway"
    FUNCTION_URL = "function URL"
    CDN = "content delivery network"
    DNS = "DNS record"
    CERTIFICATE = "certificate"
    WAF = "web application firewall"
    FIREWALL = "firewall"
    NETWORK = "network"
    SUBNET = "subnet"
    NAT = "NAT gateway"
    PUBLIC_ADDRESS = "public address"
    NETWORK_ENDPOINT = "private endpoint"
    ROLE = "role"
    POLICY = "policy"
    GRANT = "grant"
    USER = "user"
    ACCESS_KEY = "access key"
    OIDC_PROVIDER = "OIDC provider"
    ENCRYPTION_KEY = "encryption key"
    SECRET = "secret"
    PARAMETER = "parameter"
    IMAGE_REGISTRY = "image registry"
    LOG_GROUP = "log group"
    ALARM = "alarm"
    DASHBOARD = "dashboard"
    BUDGET = "budget"
    COST_ANOMALY = "cost anomaly monitor"
    TRAIL = "audit trail"
    DETECTOR = "threat detector"
    BACKUP_PLAN = "backup plan"
    MODEL = "model or agent"
    IDENTITY_POOL = "user pool"
    SCHEDULE = "schedule"
    PIPELINE = "delivery pipeline"
    HELM_RELEASE = "Helm release"
    KUBERNETES = "Kubernetes object"
    OTHER = "other"


_TYPES: dict[Kind, str] = {
    Kind.DATABASE: """
        aws_db_instance aws_rds_cluster aws_rds_cluster_instance aws_docdb_cluster aws_docdb_cluster_instance
        aws_neptune_cluster aws_redshift_cluster aws_redshiftserverless_namespace aws_timestreamwrite_database
        aws_dsql_cluster aws_lightsail_database aws_rds_global_cluster google_sql_database_instance
        google_alloydb_cluster google_spanner_instance google_bigtable_instance google_firestore_database
        google_bigquery_dataset azurerm_postgresql_server azurerm_postgresql_flexible_server azurerm_mysql_server
        azurerm_mysql_flexible_server azurerm_mssql_database azurerm_mssql_server azurerm_sql_database
        azurerm_sql_server azurerm_mariadb_server azurerm_cosmosdb_account digitalocean_database_cluster
        mongodbatlas_cluster mongodbatlas_advanced_cluster neon_project supabase_project scaleway_rdb_instance
        hcloud_database oci_database_db_system ovh_cloud_project_database planetscale_database
        linode_database_postgresql linode_database_mysql vultr_database exoscale_dbaas confluent_kafka_cluster
    """,
    Kind.TABLE: """
        aws_dynamodb_table aws_dynamodb_global_table aws_keyspaces_table cloudflare_d1_database azurerm_storage_table
        google_bigtable_table google_bigquery_table
    """,
    Kind.CACHE: """
        aws_elasticache_cluster aws_elasticache_replication_group aws_elasticache_serverless_cache
        aws_memorydb_cluster aws_dax_cluster google_redis_instance google_redis_cluster google_memcache_instance
        azurerm_redis_cache azurerm_redis_enterprise_cluster azurerm_managed_redis upstash_redis_database
        cloudflare_workers_kv_namespace
    """,
    Kind.BUCKET: """
        aws_s3_bucket google_storage_bucket azurerm_storage_account azurerm_storage_container
        digitalocean_spaces_bucket cloudflare_r2_bucket scaleway_object_bucket linode_object_storage_bucket
        oci_objectstorage_bucket aws_lightsail_bucket
    """,
    Kind.VOLUME: "aws_ebs_volume google_compute_disk azurerm_managed_disk digitalocean_volume hcloud_volume",
    Kind.FILE_SYSTEM: """
        aws_efs_file_system aws_fsx_lustre_file_system aws_fsx_windows_file_system aws_fsx_ontap_file_system
        aws_fsx_openzfs_file_system google_filestore_instance azurerm_storage_share
    """,
    Kind.SEARCH: """
        aws_opensearch_domain aws_elasticsearch_domain aws_opensearchserverless_collection ec_deployment
        azurerm_search_service aws_kendra_index
    """,
    Kind.STREAM: """
        aws_kinesis_stream aws_kinesis_firehose_delivery_stream aws_msk_cluster aws_msk_serverless_cluster
        azurerm_eventhub azurerm_eventhub_namespace aws_kinesis_video_stream
    """,
    Kind.QUEUE: """
        aws_sqs_queue aws_mq_broker google_pubsub_subscription azurerm_servicebus_queue azurerm_servicebus_namespace
        azurerm_storage_queue google_cloud_tasks_queue cloudflare_queue
    """,
    Kind.TOPIC: "aws_sns_topic google_pubsub_topic "
    "azurerm_servicebus_topic azurerm_eventgrid_topic aws_cloudwatch_event_bus",
    Kind.FUNCTION: """
        aws_lambda_function google_cloudfunctions_function google_cloudfunctions2_function azurerm_function_app
        azurerm_linux_function_app azurerm_windows_function_app azurerm_function_app_flex_consumption
        cloudflare_worker_script cloudflare_workers_script
    """,
    Kind.CONTAINER_SERVICE: """
        aws_ecs_service aws_apprunner_service aws_elastic_beanstalk_environment aws_amplify_app
        aws_lightsail_container_service google_cloud_run_service google_cloud_run_v2_service google_cloud_run_v2_job
        google_app_engine_standard_app_version google_app_engine_flexible_app_version azurerm_container_app
        azurerm_container_group azurerm_app_service azurerm_linux_web_app azurerm_windows_web_app digitalocean_app
        heroku_app render_web_service fly_app railway_service koyeb_service
    """,
    Kind.TASK_DEFINITION: "aws_ecs_task_definition aws_batch_job_definition",
    Kind.CLUSTER: """
        aws_eks_cluster google_container_cluster azurerm_kubernetes_cluster digitalocean_kubernetes_cluster
        aws_ecs_cluster linode_lke_cluster civo_kubernetes_cluster scaleway_k8s_cluster oci_containerengine_cluster
    """,
    Kind.NODE_GROUP: """
        aws_eks_node_group aws_eks_fargate_profile google_container_node_pool azurerm_kubernetes_cluster_node_pool
        digitalocean_kubernetes_node_pool scaleway_k8s_pool aws_ecs_capacity_provider
    """,
    Kind.INSTANCE: """
        aws_instance aws_spot_instance_request aws_lightsail_instance google_compute_instance
        azurerm_linux_virtual_machine azurerm_windows_virtual_machine azurerm_virtual_machine digitalocean_droplet
        hcloud_server linode_instance vultr_instance openstack_compute_instance_v2 oci_core_instance
        scaleway_instance_server aws_sagemaker_notebook_instance
    """,
    Kind.LAUNCH_TEMPLATE: "aws_launch_template aws_launch_configuration google_compute_instance_template",
    Kind.INSTANCE_GROUP: """
        aws_autoscaling_group google_compute_instance_group_manager google_compute_region_instance_group_manager
        azurerm_linux_virtual_machine_scale_set azurerm_windows_virtual_machine_scale_set
        azurerm_virtual_machine_scale_set aws_spot_fleet_request aws_ec2_fleet
    """,
    Kind.SCALING_POLICY: """
        aws_appautoscaling_target aws_appautoscaling_policy aws_autoscaling_policy google_compute_autoscaler
        google_compute_region_autoscaler azurerm_monitor_autoscale_setting aws_appautoscaling_scheduled_action
        aws_autoscaling_schedule aws_apprunner_auto_scaling_configuration_version
    """,
    Kind.LOAD_BALANCER: """
        aws_lb aws_alb aws_elb google_compute_global_forwarding_rule google_compute_forwarding_rule azurerm_lb
        azurerm_application_gateway azurerm_frontdoor azurerm_cdn_frontdoor_profile digitalocean_loadbalancer
        hcloud_load_balancer
    """,
    Kind.LISTENER: "aws_lb_listener aws_alb_listener "
    "google_compute_target_https_proxy google_compute_target_http_proxy",
    Kind.API: """
        aws_api_gateway_rest_api aws_apigatewayv2_api aws_appsync_graphql_api google_api_gateway_gateway
        azurerm_api_management google_apigee_organization
    """,
    Kind.FUNCTION_URL: "aws_lambda_function_url",
    Kind.CDN: "aws_cloudfront_distribution azurerm_cdn_endpoint azurerm_cdn_frontdoor_endpoint",
    Kind.DNS: """
        aws_route53_record aws_route53_zone google_dns_record_set google_dns_managed_zone azurerm_dns_zone
        azurerm_dns_a_record cloudflare_record cloudflare_dns_record
    """,
    Kind.CERTIFICATE: """
        aws_acm_certificate google_compute_managed_ssl_certificate google_certificate_manager_certificate
        azurerm_key_vault_certificate
    """,
    Kind.WAF: """
        aws_wafv2_web_acl aws_wafv2_web_acl_association aws_waf_web_acl aws_wafregional_web_acl
        google_compute_security_policy azurerm_web_application_firewall_policy azurerm_cdn_frontdoor_firewall_policy
        cloudflare_ruleset cloudflare_rate_limit
    """,
    Kind.FIREWALL: """
        aws_security_group aws_security_group_rule aws_vpc_security_group_ingress_rule
        aws_vpc_security_group_egress_rule aws_default_security_group aws_network_acl aws_network_acl_rule
        google_compute_firewall azurerm_network_security_group azurerm_network_security_rule digitalocean_firewall
        hcloud_firewall openstack_networking_secgroup_rule_v2 azurerm_postgresql_firewall_rule
        azurerm_postgresql_flexible_server_firewall_rule azurerm_mysql_firewall_rule
        azurerm_mysql_flexible_server_firewall_rule azurerm_mssql_firewall_rule azurerm_sql_firewall_rule
        digitalocean_database_firewall
    """,
    Kind.NETWORK: "aws_vpc google_compute_network azurerm_virtual_network digitalocean_vpc hcloud_network oci_core_vcn",
    Kind.SUBNET: "aws_subnet google_compute_subnetwork azurerm_subnet hcloud_network_subnet oci_core_subnet",
    Kind.NAT: "aws_nat_gateway google_compute_router_nat azurerm_nat_gateway oci_core_nat_gateway",
    Kind.PUBLIC_ADDRESS: "aws_eip google_compute_address google_compute_global_address azurerm_public_ip",
    Kind.NETWORK_ENDPOINT: "aws_vpc_endpoint azurerm_private_endpoint "
    "google_service_networking_connection google_vpc_access_connector",
    Kind.ROLE: """
        aws_iam_role aws_iam_instance_profile google_service_account azurerm_user_assigned_identity
        aws_eks_pod_identity_association aws_iam_group
    """,
    Kind.POLICY: """
        aws_iam_policy aws_iam_role_policy aws_iam_user_policy aws_iam_group_policy google_project_iam_custom_role
        azurerm_role_definition aws_ssoadmin_permission_set_inline_policy
    """,
    Kind.GRANT: """
        aws_iam_role_policy_attachment aws_iam_policy_attachment aws_iam_user_policy_attachment
        aws_iam_group_policy_attachment aws_iam_role_policy_attachments_exclusive google_project_iam_member
        google_project_iam_binding google_project_iam_policy google_organization_iam_member google_folder_iam_member
        google_storage_bucket_iam_member google_storage_bucket_iam_binding google_service_account_iam_member
        google_service_account_iam_binding azurerm_role_assignment aws_eks_access_policy_association
        aws_lakeformation_permissions
    """,
    Kind.USER: "aws_iam_user aws_iam_user_login_profile aws_iam_user_group_membership azuread_service_principal",
    Kind.ACCESS_KEY: "aws_iam_access_key google_service_account_key "
    "azuread_service_principal_password azuread_application_password",
    Kind.OIDC_PROVIDER: """
        aws_iam_openid_connect_provider google_iam_workload_identity_pool google_iam_workload_identity_pool_provider
        azuread_application_federated_identity_credential azurerm_federated_identity_credential
    """,
    Kind.ENCRYPTION_KEY: "aws_kms_key aws_kms_alias google_kms_crypto_key google_kms_key_ring azurerm_key_vault_key",
    Kind.SECRET: """
        aws_secretsmanager_secret aws_secretsmanager_secret_version aws_secretsmanager_secret_rotation
        google_secret_manager_secret google_secret_manager_secret_version azurerm_key_vault azurerm_key_vault_secret
    """,
    Kind.PARAMETER: "aws_ssm_parameter azurerm_app_configuration google_runtimeconfig_variable",
    Kind.IMAGE_REGISTRY: """
        aws_ecr_repository aws_ecrpublic_repository google_artifact_registry_repository google_container_registry
        azurerm_container_registry digitalocean_container_registry
    """,
    Kind.LOG_GROUP: "aws_cloudwatch_log_group google_logging_project_bucket_config azurerm_log_analytics_workspace",
    Kind.ALARM: """
        aws_cloudwatch_metric_alarm aws_cloudwatch_composite_alarm google_monitoring_alert_policy
        azurerm_monitor_metric_alert azurerm_monitor_scheduled_query_rules_alert datadog_monitor grafana_rule_group
        newrelic_alert_condition newrelic_nrql_alert_condition pagerduty_service
    """,
    Kind.DASHBOARD: """
        aws_cloudwatch_dashboard google_monitoring_dashboard azurerm_portal_dashboard datadog_dashboard
        grafana_dashboard newrelic_one_dashboard
    """,
    Kind.BUDGET: """
        aws_budgets_budget google_billing_budget azurerm_consumption_budget_subscription
        azurerm_consumption_budget_resource_group
    """,
    Kind.COST_ANOMALY: "aws_ce_anomaly_monitor aws_ce_anomaly_subscription azurerm_cost_anomaly_alert",
    Kind.TRAIL: """
        aws_cloudtrail aws_cloudtrail_event_data_store google_project_iam_audit_config
        google_organization_iam_audit_config azurerm_monitor_diagnostic_setting azurerm_monitor_log_profile
    """,
    Kind.DETECTOR: """
        aws_guardduty_detector aws_securityhub_account aws_inspector2_enabler aws_detective_graph
        aws_guardduty_organization_configuration aws_macie2_account google_scc_source google_scc_notification_config
        azurerm_security_center_subscription_pricing azurerm_sentinel_log_analytics_workspace_onboarding
    """,
    Kind.BACKUP_PLAN: """
        aws_backup_plan aws_backup_selection aws_backup_vault aws_dlm_lifecycle_policy google_compute_resource_policy
        azurerm_backup_policy_vm azurerm_backup_protected_vm azurerm_data_protection_backup_policy_postgresql
        google_gke_backup_backup_plan
    """,
    Kind.MODEL: """
        aws_bedrockagent_agent aws_bedrockagent_knowledge_base aws_bedrock_guardrail
        aws_bedrock_provisioned_model_throughput aws_bedrock_model_invocation_logging_configuration
        aws_bedrock_inference_profile aws_sagemaker_endpoint aws_sagemaker_model google_vertex_ai_endpoint
        azurerm_cognitive_account azurerm_cognitive_deployment aws_bedrockagent_agent_action_group
        aws_bedrockagentcore_agent_runtime
    """,
    Kind.IDENTITY_POOL: "aws_cognito_user_pool aws_cognito_identity_pool google_identity_platform_config",
    Kind.SCHEDULE: "aws_cloudwatch_event_rule aws_scheduler_schedule google_cloud_scheduler_job",
    Kind.PIPELINE: "aws_codepipeline aws_codebuild_project google_cloudbuild_trigger aws_codedeploy_deployment_group",
    Kind.HELM_RELEASE: "helm_release",
}
_KIND_OF = {type_: kind for kind, types in _TYPES.items() for type_ in types.split()}

PROVIDERS = {
    "aws": "AWS",
    "awscc": "AWS",
    "google": "Google Cloud",
    "azurerm": "Azure",
    "azuread": "Azure",
    "azapi": "Azure",
    "digitalocean": "DigitalOcean",
    "cloudflare": "Cloudflare",
    "hcloud": "Hetzner Cloud",
    "linode": "Linode",
    "vultr": "Vultr",
    "scaleway": "Scaleway",
    "oci": "Oracle Cloud",
    "ovh": "OVHcloud",
    "openstack": "OpenStack",
    "ibm": "IBM Cloud",
    "alicloud": "Alibaba Cloud",
    "yandex": "Yandex Cloud",
    "exoscale": "Exoscale",
    "civo": "Civo",
}
"""Cloud providers by the prefix of their resource types."""


def kind_of(type_: str) -> Kind:
    """The kind of a resource type; OTHER for one that no check tells apart."""
    if type_.startswith(("kubernetes_", "kubectl_")):
        return Kind.KUBERNETES
    return _KIND_OF.get(type_, Kind.OTHER)


def provider_of(type_: str) -> str:
    """The cloud provider of a resource type, by name; empty for what no cloud bills (random, null, helm)."""
    if type_.startswith("AWS::"):
        return "AWS"
    return PROVIDERS.get(type_.partition("_")[0], "")
