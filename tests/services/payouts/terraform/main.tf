terraform {
  required_version = "~> 1.11"
  required_providers {
    aws  = { source = "hashicorp/aws", version = "6.20.0" }
    helm = { source = "hashicorp/helm", version = "3.1.0" }
  }
  backend "s3" {
    bucket       = "northwind-pay-tfstate"
    key          = "payouts/production"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { Project = "payouts", Environment = "production", Owner = "team-payouts", CostCenter = "2210" }
  }
}

variable "alarm_email" { type = string }
variable "cluster_oidc_provider_arn" { type = string }
variable "cluster_security_group_id" { type = string }
variable "private_subnet_ids" { type = list(string) }
variable "vpc_id" { type = string }

locals {
  oidc = split("oidc-provider/", var.cluster_oidc_provider_arn)[1]
}

# The VPC and the EKS cluster are the platform team's; this is what the service owns.
resource "aws_iam_role" "pods" {
  name = "payouts-production"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Action    = "sts:AssumeRoleWithWebIdentity"
    Principal = { Federated = var.cluster_oidc_provider_arn }
    Condition = { StringEquals = {
      "${local.oidc}:sub" = "system:serviceaccount:payouts:payouts"
      "${local.oidc}:aud" = "sts.amazonaws.com"
    } }
  }] })
}

resource "aws_iam_role_policy" "queue" {
  name = "queue"
  role = aws_iam_role.pods.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource = aws_sqs_queue.payouts.arn },
  ] })
}

# Prometheus and Grafana are the platform's; logs and traces are ours.
resource "helm_release" "logs" {
  name       = "logs"
  namespace  = "amazon-cloudwatch"
  repository = "https://aws.github.io/eks-charts"
  chart      = "aws-for-fluent-bit"
  version    = "0.1.35"
  values     = [yamlencode({ cloudWatchLogs = { region = "eu-west-1", logGroupName = "/payouts/production", autoCreateGroup = false } })]
}

resource "aws_cloudwatch_log_group" "pods" {
  name              = "/payouts/production"
  retention_in_days = 30
}

resource "helm_release" "otel_collector" {
  name       = "otel-collector"
  namespace  = "payouts"
  repository = "https://open-telemetry.github.io/opentelemetry-helm-charts"
  chart      = "opentelemetry-collector"
  version    = "0.140.0"
  values = [yamlencode({
    mode   = "deployment", fullnameOverride = "otel-collector"
    image  = { repository = "public.ecr.aws/aws-observability/aws-otel-collector", tag = "v0.45.1" }
    config = { exporters = { awsxray = { region = "eu-west-1" } }, service = { pipelines = { traces = { exporters = ["awsxray"] } } } }
  })]
}
