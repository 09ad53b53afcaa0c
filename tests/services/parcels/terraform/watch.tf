resource "aws_prometheus_workspace" "this" {
  alias = local.name
}

resource "aws_prometheus_rule_group_namespace" "this" {
  name         = "parcels"
  workspace_id = aws_prometheus_workspace.this.id
  data         = file("${path.module}/../monitoring/rules.yml")
}

resource "aws_prometheus_alert_manager_definition" "this" {
  workspace_id = aws_prometheus_workspace.this.id
  definition   = templatefile("${path.module}/../monitoring/alertmanager.yml", { topic = aws_sns_topic.alarms.arn })
}

resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

resource "aws_sns_topic_policy" "alarms" {
  arn = aws_sns_topic.alarms.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect    = "Allow"
    Action    = "sns:Publish"
    Resource  = aws_sns_topic.alarms.arn
    Principal = { Service = ["aps.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"] }
    Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
  }] })
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email # The mailbox that pages the rota.
}

locals {
  database = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  alarms = {
    database-storage     = ["AWS/RDS", "FreeStorageSpace", "LessThanThreshold", 10737418240, local.database]
    database-memory      = ["AWS/RDS", "FreeableMemory", "LessThanThreshold", 268435456, local.database]
    database-connections = ["AWS/RDS", "DatabaseConnections", "GreaterThanThreshold", 320, local.database]
    scans-dead           = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "GreaterThanThreshold", 0, { QueueName = aws_sqs_queue.dead.name }]
    scans-late           = ["AWS/SQS", "ApproximateAgeOfOldestMessage", "GreaterThanThreshold", 600, { QueueName = aws_sqs_queue.scans.name }]
    tasks-memory         = ["AWS/ECS", "MemoryUtilization", "GreaterThanThreshold", 90, { ClusterName = aws_ecs_cluster.this.name, ServiceName = "api" }]
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "docs/runbooks.md#${split("-", each.key)[0]}"
  namespace           = each.value[0]
  metric_name         = each.value[1]
  comparison_operator = each.value[2]
  threshold           = each.value[3]
  dimensions          = each.value[4]
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.name
  dashboard_body = jsonencode({ widgets = [for name, metrics in {
    "Requests and errors" = [["AWS/ApplicationELB", "RequestCount", "LoadBalancer", aws_lb.this.arn_suffix], [".", "HTTPCode_Target_5XX_Count", ".", "."]]
    "Latency"             = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", aws_lb.this.arn_suffix, { stat = "p99" }]]
    "Scans waiting"       = [["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", aws_sqs_queue.scans.name], [".", "ApproximateNumberOfMessagesVisible", ".", aws_sqs_queue.dead.name]]
    "Database"            = [["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", local.name], [".", "CPUUtilization", ".", "."]]
    "Tasks"               = [["AWS/ECS", "CPUUtilization", "ClusterName", local.name, "ServiceName", "api"], ["...", "worker"]]
  } : { type = "metric", properties = { title = name, region = "eu-central-1", period = 60, metrics = metrics } }] })
}

resource "aws_budgets_budget" "this" {
  name         = local.name
  budget_type  = "COST"
  limit_amount = var.budget_usd
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      notification_type         = notification.key
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      comparison_operator       = "GREATER_THAN"
      subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
    }
  }
}

resource "aws_ce_anomaly_monitor" "this" {
  name              = local.name
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
}

resource "aws_ce_anomaly_subscription" "this" {
  name             = local.name
  frequency        = "IMMEDIATE"
  monitor_arn_list = [aws_ce_anomaly_monitor.this.arn]
  subscriber {
    type    = "SNS"
    address = aws_sns_topic.alarms.arn
  }
  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = ["50"]
    }
  }
}

resource "aws_cloudtrail" "this" {
  name                       = local.name
  s3_bucket_name             = aws_s3_bucket.logs.id
  is_multi_region_trail      = true
  enable_log_file_validation = true
}

resource "aws_guardduty_detector" "this" {
  enable = true
}

resource "aws_cloudwatch_event_rule" "findings" {
  name          = "${local.name}-findings"
  event_pattern = jsonencode({ source = ["aws.guardduty"], detail = { severity = [{ numeric = [">=", 7] }] } })
}

resource "aws_cloudwatch_event_target" "findings" {
  rule = aws_cloudwatch_event_rule.findings.name
  arn  = aws_sns_topic.alarms.arn
  dead_letter_config { arn = aws_sqs_queue.dead.arn }
}
