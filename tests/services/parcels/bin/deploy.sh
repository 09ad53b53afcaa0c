#!/usr/bin/env bash
# bin/deploy.sh ENVIRONMENT DIGEST URL: task definitions, then the migration, then the services, then a look at the API.
set -euo pipefail
environment=$1 digest=$2 url=$3
cd "$(dirname "$0")/../terraform"

terraform init -input=false -backend-config="bucket=fernweh-tfstate-$environment" -backend-config="key=parcels"
apply() {
  terraform apply -input=false -auto-approve -var-file="environments/$environment.tfvars" \
    -var "digest=$digest" -var "alarm_email=$ALARM_EMAIL" "$@"
}

apply -target=aws_ecs_task_definition.this
network=$(aws ecs describe-services --cluster "parcels-$environment" --services worker \
  --query 'services[0].networkConfiguration' --output json)
task=$(aws ecs run-task --cluster "parcels-$environment" --task-definition "parcels-$environment-migrate" \
  --launch-type FARGATE --network-configuration "$network" --query 'tasks[0].taskArn' --output text)
aws ecs wait tasks-stopped --cluster "parcels-$environment" --tasks "$task"
code=$(aws ecs describe-tasks --cluster "parcels-$environment" --tasks "$task" \
  --query "tasks[0].containers[?name=='migrate'].exitCode | [0]" --output text)
[[ $code == 0 ]] || { echo "the migration ended with $code; nothing else was changed" >&2; exit 1; }

apply # Waits until the services are steady; ECS goes back by itself where they do not become so.

status=$(curl --silent --max-time 10 --retry 5 --retry-all-errors --output /dev/null --write-out '%{http_code}' "$url/v1/parcels/0")
[[ $status == 401 ]] || { echo "$url answered $status to a request without a token, not 401" >&2; exit 1; }
