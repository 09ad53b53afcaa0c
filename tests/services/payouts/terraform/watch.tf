resource "aws_sns_topic" "alarms" {
  name = "payouts-production-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_cloudwatch_metric_alarm" "storage" {
  alarm_name          = "payouts-database-storage"
  alarm_description   = "docs/runbooks.md#database"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  comparison_operator = "LessThanThreshold"
  threshold           = 10737418240
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "connections" {
  alarm_name          = "payouts-database-connections"
  alarm_description   = "docs/runbooks.md#database"
  namespace           = "AWS/RDS"
  metric_name         = "DatabaseConnections"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.this.identifier }
  comparison_operator = "GreaterThanThreshold"
  threshold           = 600
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "dead" {
  alarm_name          = "payouts-dead-letters"
  alarm_description   = "docs/runbooks.md#transfers-fail"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = "payouts-dlq" }
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_budgets_budget" "this" {
  name         = "payouts"
  budget_type  = "COST"
  limit_amount = "1500"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  notification {
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    comparison_operator       = "GREATER_THAN"
    subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
  }
}
