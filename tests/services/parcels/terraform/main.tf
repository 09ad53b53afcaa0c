terraform {
  required_version = "~> 1.11"
  required_providers {
    aws = { source = "hashicorp/aws", version = "6.20.0" }
  }
  # Each environment has a bucket of its own; bin/deploy.sh names it.
  backend "s3" {
    region       = "eu-central-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-central-1"
  default_tags {
    tags = { Project = "parcels", Environment = var.environment, Owner = "team-parcels", CostCenter = "4711" }
  }
}

variable "environment" {
  type        = string
  description = "production or staging, each in an account of its own"
}

variable "domain" { type = string }
variable "registry" {
  type    = string
  default = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
}
variable "digest" {
  type        = string
  description = "Of the image that the pipeline has built: sha256:..."
}
variable "database_class" { type = string }
variable "tasks" { type = map(object({ min = number, max = number, cpu = number, memory = number })) }
variable "carrier_url" { type = string }
variable "hub_role_arn" { type = string }
variable "requests_per_address" { type = number }
variable "token_issuer" { type = string }
variable "budget_usd" { type = string }
variable "alarm_email" { type = string }

data "aws_caller_identity" "this" {}

locals {
  name       = "parcels-${var.environment}"
  production = var.environment == "production"
  zones      = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
  account    = data.aws_caller_identity.this.account_id
}
