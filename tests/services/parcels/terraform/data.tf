resource "aws_db_subnet_group" "this" {
  name       = local.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_parameter_group" "this" {
  name   = local.name
  family = "postgres17"
  dynamic "parameter" {
    for_each = { "rds.force_ssl" = "1", idle_in_transaction_session_timeout = "30000", log_min_duration_statement = "500", max_connections = "400" }
    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = "pending-reboot"
    }
  }
}

resource "aws_db_instance" "this" {
  identifier                          = local.name
  engine                              = "postgres"
  engine_version                      = "17"
  instance_class                      = var.database_class
  db_name                             = "parcels"
  username                            = "parcels_root"
  manage_master_user_password         = true # In Secrets Manager, and changed by RDS every week.
  iam_database_authentication_enabled = true
  multi_az                            = local.production
  allocated_storage                   = 100
  max_allocated_storage               = 500
  storage_encrypted                   = true
  db_subnet_group_name                = aws_db_subnet_group.this.name
  vpc_security_group_ids              = [aws_security_group.database.id]
  parameter_group_name                = aws_db_parameter_group.this.name
  publicly_accessible                 = false
  backup_retention_period             = 14
  deletion_protection                 = true
  skip_final_snapshot                 = false
  final_snapshot_identifier           = "${local.name}-final"
  performance_insights_enabled        = true
  enabled_cloudwatch_logs_exports     = ["postgresql"]
  tags                                = { DataClass = "personal" }
  lifecycle { prevent_destroy = true }
}

resource "aws_cloudwatch_log_group" "database" {
  name              = "/aws/rds/instance/${local.name}/postgresql"
  retention_in_days = 30
}

resource "aws_sqs_queue" "scans" {
  name                       = "${local.name}-scans"
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = 90 # A batch of ten at 2 s of statement_timeout each, and room.
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
  tags                       = { DataClass = "internal" }
}

resource "aws_sqs_queue" "dead" {
  name                      = "${local.name}-scans-dead"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  tags                      = { DataClass = "internal" }
}

data "aws_iam_policy_document" "queue" {
  for_each = { (aws_sqs_queue.scans.arn) = ["AWS", var.hub_role_arn], (aws_sqs_queue.dead.arn) = ["Service", "events.amazonaws.com"] }
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [each.key]
    principals {
      type        = each.value[0]
      identifiers = [each.value[1]]
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  for_each  = { scans = aws_sqs_queue.scans, dead = aws_sqs_queue.dead }
  queue_url = each.value.url
  policy    = data.aws_iam_policy_document.queue[each.value.arn].json
}

# The carrier gives out a new key on request only: docs/runbooks.md, "Carrier", tells how it is changed, twice a year.
resource "aws_secretsmanager_secret" "carrier" {
  name = "parcels/carrier-api-key"
}

resource "aws_ecr_repository" "this" {
  count                = local.production ? 1 : 0 # Staging runs what production will run.
  name                 = "parcels"
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration { scan_on_push = true }
}

resource "aws_ecr_lifecycle_policy" "this" {
  count      = local.production ? 1 : 0
  repository = aws_ecr_repository.this[0].name
  policy = jsonencode({ rules = [{
    rulePriority = 1
    selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
    action       = { type = "expire" }
  }] })
}

resource "aws_ecr_repository_policy" "staging_pulls" {
  count      = local.production ? 1 : 0
  repository = aws_ecr_repository.this[0].name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    Principal = { AWS = "arn:aws:iam::444455556666:role/parcels-staging-execution" }
  }] })
}

resource "aws_s3_bucket" "logs" {
  bucket = "fernweh-${local.name}-logs"
  tags   = { DataClass = "internal" }
}

resource "aws_s3_bucket_public_access_block" "logs" {
  bucket                  = aws_s3_bucket.logs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" } # Load balancers write with no other.
  }
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  versioning_configuration { status = "Enabled" }
}

resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    id     = "a-year"
    status = "Enabled"
    filter {}
    expiration { days = 365 }
    noncurrent_version_expiration { noncurrent_days = 30 }
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Effect    = "Allow"
      Action    = ["s3:PutObject", "s3:GetBucketAcl"]
      Resource  = [aws_s3_bucket.logs.arn, "${aws_s3_bucket.logs.arn}/*"]
      Principal = { Service = ["logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com", "cloudtrail.amazonaws.com"] }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    },
  ] })
}
