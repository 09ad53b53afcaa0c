data "aws_iam_policy_document" "assumed_by" {
  for_each = toset(["ecs-tasks", "scheduler"])
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "execution" {
  name               = "${local.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["ecs-tasks"].json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "secret" {
  name = "secret"
  role = aws_iam_role.execution.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.carrier.arn },
  ] })
}

resource "aws_iam_role" "task" {
  for_each           = local.command
  name               = "${local.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["ecs-tasks"].json
}

resource "aws_iam_role_policy" "task" {
  for_each = local.command
  name     = "task"
  role     = aws_iam_role.task[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat([
    {
      Effect   = "Allow"
      Action   = "rds-db:connect"
      Resource = "arn:aws:rds-db:eu-central-1:${local.account}:dbuser:${aws_db_instance.this.resource_id}/${each.key == "migrate" ? "parcels_owner" : "parcels_app"}"
    },
    { Effect = "Allow", Action = "aps:RemoteWrite", Resource = aws_prometheus_workspace.this.arn },
    # X-Ray knows no resources for these two.
    { Effect = "Allow", Action = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource = "*" },
    ], each.key != "worker" ? [] : [
    { Effect = "Allow", Action = ["sqs:ReceiveMessage", "sqs:DeleteMessage"], Resource = aws_sqs_queue.scans.arn },
  ]) })
}

resource "aws_iam_role" "scheduler" {
  name               = "${local.name}-scheduler"
  assume_role_policy = data.aws_iam_policy_document.assumed_by["scheduler"].json
}

resource "aws_iam_role_policy" "scheduler" {
  name = "run"
  role = aws_iam_role.scheduler.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "ecs:RunTask", Resource = aws_ecs_task_definition.this["forget"].arn_without_revision },
    { Effect = "Allow", Action = "iam:PassRole", Resource = [aws_iam_role.execution.arn, aws_iam_role.task["forget"].arn] },
    { Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.dead.arn },
  ] })
}
