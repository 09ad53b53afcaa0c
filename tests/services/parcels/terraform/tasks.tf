locals {
  command = {
    api     = ["uvicorn", "parcels.api:app", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--timeout-graceful-shutdown", "20"]
    worker  = ["python", "-m", "parcels.worker"]
    forget  = ["python", "-m", "parcels.worker", "forget"]
    migrate = ["alembic", "upgrade", "head"]
  }
  health = {
    api    = "python -c \"import urllib.request as u; u.urlopen('http://127.0.0.1:8000/livez', timeout=2)\""
    worker = "test $(( $(date +%s) - $(stat -c %Y /run/parcels/heartbeat) )) -lt 90"
  }
  size = { for name in keys(local.command) : name => try(var.tasks[name], { cpu = 256, memory = 512 }) }
  settings = {
    PARCELS_ENVIRONMENT     = var.environment
    PARCELS_AWS_REGION      = "eu-central-1"
    PARCELS_DATABASE_HOST   = aws_db_instance.this.address
    PARCELS_SCANS_QUEUE_URL = aws_sqs_queue.scans.url
    PARCELS_CARRIER_URL     = var.carrier_url
    PARCELS_TOKEN_ISSUER    = var.token_issuer
  }
}

resource "aws_ecs_cluster" "this" {
  name = local.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_cloudwatch_log_group" "task" {
  for_each          = local.command
  name              = "/parcels/${var.environment}/${each.key}"
  retention_in_days = 30
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = local.command
  family                   = "${local.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.size[each.key].cpu
  memory                   = local.size[each.key].memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task[each.key].arn
  runtime_platform { cpu_architecture = "ARM64" }
  volume { name = "run" }
  container_definitions = jsonencode([
    {
      name                   = each.key
      image                  = "${var.registry}/parcels@${var.digest}"
      essential              = true
      command                = each.value
      user                   = "10001"
      readonlyRootFilesystem = true
      stopTimeout            = 60
      mountPoints            = [{ sourceVolume = "run", containerPath = "/run/parcels" }]
      portMappings           = each.key == "api" ? [{ containerPort = 8000 }] : []
      environment = [for name, value in merge(local.settings, {
        PARCELS_DATABASE_USER = each.key == "migrate" ? "parcels_owner" : "parcels_app"
      }) : { name = name, value = value }]
      secrets          = [{ name = "PARCELS_CARRIER_API_KEY", valueFrom = aws_secretsmanager_secret.carrier.arn }]
      healthCheck      = contains(keys(local.health), each.key) ? { command = ["CMD-SHELL", local.health[each.key]], interval = 15, retries = 3, startPeriod = 30 } : null
      logConfiguration = { logDriver = "awslogs", options = { awslogs-group = "/parcels/${var.environment}/${each.key}", awslogs-region = "eu-central-1", awslogs-stream-prefix = "task" } }
    },
    {
      name             = "collector"
      image            = "public.ecr.aws/aws-observability/aws-otel-collector:v0.45.1"
      essential        = false
      memory           = 128
      environment      = [{ name = "AOT_CONFIG_CONTENT", value = local.collector[each.key] }]
      logConfiguration = { logDriver = "awslogs", options = { awslogs-group = "/parcels/${var.environment}/${each.key}", awslogs-region = "eu-central-1", awslogs-stream-prefix = "collector" } }
    },
  ])
}

locals {
  collector = { for name in keys(local.command) : name => templatefile("${path.module}/../monitoring/collector.yaml", {
    job         = "parcels-${name}"
    target      = name == "worker" ? "127.0.0.1:9102" : "127.0.0.1:8000"
    write_url   = "${aws_prometheus_workspace.this.prometheus_endpoint}api/v1/remote_write"
    environment = var.environment
  }) }
}

resource "aws_ecs_service" "this" {
  for_each                          = { for name in ["api", "worker"] : name => aws_ecs_task_definition.this[name].arn }
  name                              = each.key
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = each.value
  launch_type                       = "FARGATE"
  desired_count                     = var.tasks[each.key].min
  health_check_grace_period_seconds = each.key == "api" ? 30 : null
  wait_for_steady_state             = true
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.tasks.id]
  }
  dynamic "load_balancer" {
    for_each = each.key == "api" ? [aws_lb_target_group.api.arn] : []
    content {
      target_group_arn = load_balancer.value
      container_name   = "api"
      container_port   = 8000
    }
  }
  lifecycle { ignore_changes = [desired_count] }
}

resource "aws_appautoscaling_target" "this" {
  for_each           = aws_ecs_service.this
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${each.value.name}"
  min_capacity       = var.tasks[each.key].min
  max_capacity       = var.tasks[each.key].max
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each           = aws_appautoscaling_target.this
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id
  target_tracking_scaling_policy_configuration {
    target_value      = 60
    scale_in_cooldown = 300
    predefined_metric_specification { predefined_metric_type = "ECSServiceAverageCPUUtilization" }
  }
}

resource "aws_scheduler_schedule" "forget" {
  name                         = "${local.name}-forget"
  schedule_expression          = "cron(20 3 * * ? *)"
  schedule_expression_timezone = "Europe/Berlin"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = aws_ecs_cluster.this.arn
    role_arn = aws_iam_role.scheduler.arn
    retry_policy { maximum_retry_attempts = 3 }
    dead_letter_config { arn = aws_sqs_queue.dead.arn }
    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.this["forget"].arn
      launch_type         = "FARGATE"
      network_configuration {
        subnets         = aws_subnet.private[*].id
        security_groups = [aws_security_group.tasks.id]
      }
    }
  }
}
