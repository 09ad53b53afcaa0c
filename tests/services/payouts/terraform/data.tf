resource "aws_db_subnet_group" "this" {
  name       = "payouts-production"
  subnet_ids = var.private_subnet_ids
}

resource "aws_security_group" "database" {
  name   = "payouts-production-database"
  vpc_id = var.vpc_id
  ingress {
    from_port       = 5432
    to_port         = 5432
    protocol        = "tcp"
    security_groups = [var.cluster_security_group_id]
  }
}

resource "aws_db_instance" "this" {
  identifier                      = "payouts-production"
  engine                          = "postgres"
  engine_version                  = "17"
  instance_class                  = "db.m7g.large"
  db_name                         = "payouts"
  username                        = "payouts"
  manage_master_user_password     = true
  multi_az                        = true
  allocated_storage               = 100
  max_allocated_storage           = 400
  storage_encrypted               = true
  db_subnet_group_name            = aws_db_subnet_group.this.name
  vpc_security_group_ids          = [aws_security_group.database.id]
  publicly_accessible             = false
  backup_retention_period         = 14
  deletion_protection             = true
  skip_final_snapshot             = false
  final_snapshot_identifier       = "payouts-production-final"
  performance_insights_enabled    = true
  enabled_cloudwatch_logs_exports = ["postgresql"]
  tags                            = { DataClass = "personal" }
}

resource "aws_cloudwatch_log_group" "database" {
  name              = "/aws/rds/instance/payouts-production/postgresql"
  retention_in_days = 30
}

resource "aws_sqs_queue" "payouts" {
  name                       = "payouts-production"
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = 60
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
  tags                       = { DataClass = "internal" }
}

resource "aws_sqs_queue" "dead" {
  name                      = "payouts-production-dead"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  tags                      = { DataClass = "internal" }
}

resource "aws_ecr_repository" "this" {
  name                 = "payouts"
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration { scan_on_push = true }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({ rules = [{
    rulePriority = 1
    selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
    action       = { type = "expire" }
  }] })
}
