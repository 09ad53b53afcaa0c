"""Asynchronous work that fails: whether it is kept for somebody to look at."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gonogo.checks import scope
from gonogo.checks.cloud import deciding, opaque_modules, resources
from gonogo.facts import Facts
from gonogo.facts.code import Import
from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown, Value, as_tuple, lookup, walk
from gonogo.model.assessment import Outcome, Problem, failed, not_applicable, passed, unverified
from gonogo.model.evidence import Place, Searched

_DEAD = re.compile(r"dlq|\bdead(?!line)|dead.?letter|failed|failure|poison|undeliver", re.IGNORECASE)
_TERMS = ("dead_letter*", "dead-letter*", "deadletter*", "dlq*", "x-dead-letter*", "dead letter*", "redrivepolicy*")
_BROKERS = re.compile(r"(^|/)(rabbitmq|kafka|cp-kafka|redpanda|nats|activemq|pulsar|nsq|beanstalkd)\b", re.IGNORECASE)
_QUEUE_MODULES = """
    celery kombu rq dramatiq huey arq taskiq pika aio_pika aiokafka confluent_kafka kafka faust bullmq bull bee-queue
    kafkajs node-rdkafka amqplib amqp-connection-manager rhea sqs-consumer @aws-sdk/client-sqs @google-cloud/pubsub
    google.cloud.pubsub_v1 @azure/service-bus azure.servicebus github.com/IBM/sarama github.com/Shopify/sarama
    github.com/segmentio/kafka-go github.com/rabbitmq/amqp091-go github.com/streadway/amqp github.com/hibiken/asynq
    github.com/confluentinc/confluent-kafka-go org.springframework.kafka org.springframework.amqp
    org.springframework.jms io.awspring.cloud.sqs org.apache.kafka
"""
_QUEUE_MODULE = re.compile(rf"(?:{'|'.join(map(re.escape, _QUEUE_MODULES.split()))})(?![\w-])")
_SAME_LIBRARY = (
    "celery", "dramatiq", "kafka", "sarama", "amqp", "pika", "rabbit", "sqs", "pubsub", "servicebus", "bull", "jms",
)  # fmt: skip
_QUEUE_CALL = re.compile(
    r"celery|kombu|dramatiq|huey|taskiq|bull|kafka|sarama|pika|amqp|rabbit|sqs|receive_?message|pubsub|stomp|jms|xreadgroup|"
    r"b[lr]pop|faust|asynq|service.?bus|event.?hub|\brq\b|\barq\b|streamlistener",
    re.IGNORECASE,
)
_QUEUE_PATH = re.compile(
    r"queue|worker|consum|celery|task|job|kafka|rabbit|amqp|sqs|broker|messag|event|dlq|dead", re.I
)
_KEEPS_FAILURES = ("dramatiq",)
"""Libraries that dead-letter by default, by their documentation."""
_ASYNC_CALLERS = ("events.amazonaws.com", "s3.amazonaws.com", "sns.amazonaws.com", "scheduler.amazonaws.com")


def dead_letter_queues(facts: Facts) -> Outcome:
    """Each queue, subscription, event target and asynchronous function has somewhere for what fails."""
    managed, problems, kept = _managed(facts)
    libraries = _libraries(facts)
    if libraries:
        searched = _search_code(facts)
        bare = {} if searched.hits else {n: at for n, at in libraries.items() if n not in _KEEPS_FAILURES}
        problems += [Problem(f"nothing keeps the messages that {name} fails on", at) for name, at in bare.items()]
        kept += searched.hits[:6]
    if not problems:
        problems += _dropping(facts)
        libraries |= {f"listener {problem.place}": problem.place for problem in problems if problem.place}
    if problems:
        return failed(
            f"{len(problems)} of {len(managed) + len(libraries)} asynchronous paths lose or repeat what fails: "
            + problems[0].what,
            *problems,
        )
    if outside := _outside_sources(facts):
        return unverified("functions consume queues that are made elsewhere", *outside)
    if managed or libraries:
        places = kept or list(libraries.values())
        return passed("every asynchronous path has a dead-letter queue or failure destination", *places)
    return _nothing(facts)


_LISTENERS = ("*KafkaListener", "*RabbitListener", "*JmsListener", "*SqsListener")
_KEPT = re.compile(r"(?i)dead.?letter|dlq|dlt\b")
_REMARK = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def _dropping(facts: Facts) -> list[Problem]:
    """Listeners that catch what fails and acknowledge it all the same: no handler behind them ever sees it."""
    found: dict[str, Problem] = {}
    for definition, mark in facts.code.decorated(*_LISTENERS):
        text = _REMARK.sub("", facts.repository.text(definition.at.path))
        if re.search(r"\bcatch\s*\(", text) and ".acknowledge()" in text and not _KEPT.search(text):
            what = f"{definition.name} acknowledges messages that it failed on, and keeps them nowhere"
            found.setdefault(definition.at.path, Problem(what, mark.at))
    return list(found.values())


def _nothing(facts: Facts) -> Outcome:
    brokers = [s.at for s in scope.compose_services(facts) if _BROKERS.search(s.image)]
    brokers += [c.at for w in facts.kubernetes.workloads for c in w.containers if _BROKERS.search(c.image)]
    if brokers:
        return unverified("a message broker is deployed; its consumers can't be seen", *brokers)
    named = re.compile(r"sqs|sns|queue|lambda|event|pubsub")
    if modules := [m for m in opaque_modules(facts) if named.search(m.source + m.name)]:
        return unverified("what the called modules make can't be seen", *(module.at for module in modules))
    if foreign := _other_languages(facts):
        return unverified("code in a language that is not read depends on a library of queues", *foreign)
    return not_applicable("no queues, topics or asynchronous functions")


_MANIFESTS = (
    "Gemfile", "*.csproj", "composer.json", "build.gradle", "build.gradle.kts", "mix.exs", "Cargo.toml", "build.sbt",
)  # fmt: skip
_OTHER_LIBRARIES = re.compile(
    r"sidekiq|resque|good_job|solid_queue|masstransit|rabbitmq|kafka|\bsqs\b|servicebus|hangfire|lapin|oban|broadway|horizon",
    re.IGNORECASE,
)


def _other_languages(facts: Facts) -> tuple[Place, ...]:
    return facts.repository.grep(_OTHER_LIBRARIES, facts.repository.match(*_MANIFESTS))


def _outside_sources(facts: Facts) -> list[Place]:
    """Functions that read a queue or stream that the repository does not define."""
    made = {r.address for r in resources(facts, Kind.QUEUE, Kind.STREAM, Kind.TABLE, dormant=True)}
    found = [
        mapping.at
        for mapping in resources(facts, "aws_lambda_event_source_mapping")
        if not made & set(getattr(mapping.get("event_source_arn"), "refers", ()))
    ]
    for function in resources(facts, "aws_lambda_function"):
        sources = [lookup(e, "properties.queue") for e in _events(function) if str(e.get("type", "")) == "SQS"]
        if any(not made & set(getattr(source, "refers", ())) for source in sources):
            found.append(function.place("events"))
    return found


def _libraries(facts: Facts) -> dict[str, Place]:
    """Libraries of queues and topics that code uses, each with the first place: where it consumes, else the import."""
    found: dict[str, Place] = {}
    for call in facts.code.consumers:
        if library := _QUEUE_CALL.search(f"{call.name} {call.raw}"):
            found.setdefault(_library(library[0]), call.at)
    for imported in _imports(facts):
        found.setdefault(_library(imported.module), imported.at)
    return found


def _imports(facts: Facts) -> list[Import]:
    """Imports of libraries of queues and topics in reached code, in one pass."""
    reached = (file for file in facts.code.files if file.reached)
    return [i for file in reached for i in file.imports if not i.local and _QUEUE_MODULE.match(i.module)]


def _library(name: str) -> str:
    lower = name.lower()
    return next((known for known in _SAME_LIBRARY if known in lower), lower.rpartition("/")[2].partition(".")[0])


def _search_code(facts: Facts) -> Searched:
    repository = facts.repository
    reached = [f for file in facts.code.files if file.reached and (f := repository.file(file.path)) is not None]
    users = {imported.at.path for imported in _imports(facts)}
    code = [f for f in reached if f.path in users or _QUEUE_PATH.search(f.local)]
    config = repository.match("application*.yml", "application*.properties", "definitions.json", "*rabbit*")
    return repository.search(_TERMS, (*code, *config), where="code and broker configuration")


def _managed(facts: Facts) -> tuple[list[Resource], list[Problem], list[Place]]:
    """Managed asynchronous paths, those without a dead-letter queue, and where the others have theirs."""
    paths: list[Resource] = []
    problems: list[Problem] = []
    kept: list[Place] = []
    for path, what, where in (*_queues(facts), *_subscriptions(facts), *_functions(facts)):
        paths.append(path)
        if where is None:
            problems.append(Problem(what, path.at))
        else:
            kept.append(where)
    return paths, problems, kept


Judged = tuple[Resource, str, Place | None]


def _queues(facts: Facts) -> list[Judged]:
    queues = deciding(facts, "aws_sqs_queue")
    used = _named_as_dead(facts)
    separate = resources(facts, "aws_sqs_queue_redrive_policy")
    judged: list[Judged] = []
    for queue in queues:
        names = f"{queue.name} {queue.get('name', '')} {queue.get('queue_name', '')}"
        if queue.address in used or _DEAD.search(names):
            continue
        own = queue.get("redrive_policy")
        elsewhere = next((policy.at for policy in separate if policy.refers_to(queue)), None)
        where = queue.place("redrive_policy") if own else elsewhere
        judged.append((queue, f"{queue.address} has no redrive policy", where))
    for subscription in deciding(facts, "google_pubsub_subscription"):
        has = bool(subscription.blocks("dead_letter_policy"))
        if not _DEAD.search(subscription.name):
            place = subscription.place("dead_letter_policy") if has else None
            judged.append((subscription, f"{subscription.address} has no dead-letter policy", place))
    for queue in deciding(facts, "azurerm_servicebus_queue", "azurerm_servicebus_subscription"):
        judged.append((queue, "", queue.at))  # Service Bus dead-letters after max_delivery_count by itself.
    return judged


_DEAD_KEYS = ("redrive_policy", "dead_letter_config", "dead_letter_queue", "destination_config", "on_failure")


def _named_as_dead(facts: Facts) -> set[str]:
    """Addresses of queues that something names as its dead-letter queue, at any depth."""
    found: set[str] = set()
    for resource in resources(facts, dormant=True):
        for part in walk(resource.attributes):
            for key in _DEAD_KEYS if isinstance(part, Mapping) else ():
                for value in walk(part.get(key)):
                    found.update(getattr(value, "refers", ()))
    return found


def _subscriptions(facts: Facts) -> list[Judged]:
    judged: list[Judged] = []
    for subscription in deciding(facts, "aws_sns_topic_subscription"):
        if str(subscription.get("protocol", "")) in ("email", "email-json", "sms", "application"):
            continue
        where = subscription.place("redrive_policy") if subscription.get("redrive_policy") else None
        judged.append((subscription, f"{subscription.address} has no redrive policy", where))
    for rule in deciding(facts, "aws_cloudwatch_event_rule"):
        targets = as_tuple(rule.get("targets"))
        kept = all("dead" in str(target).lower() for target in targets)
        if targets:
            what = f"a target of {rule.address} has no dead-letter queue"
            judged.append((rule, what, rule.place("targets") if kept else None))
    for target in deciding(facts, "aws_cloudwatch_event_target"):
        where = target.place("dead_letter_config") if target.get("dead_letter_config") else None
        judged.append((target, f"{target.address} has no dead-letter queue", where))
    for mapping in deciding(facts, "aws_lambda_event_source_mapping"):
        if re.search(r"kinesis|stream", _text(mapping.get("event_source_arn")), re.IGNORECASE):
            where = mapping.place("destination_config") if mapping.get("destination_config") else None
            judged.append((mapping, f"{mapping.address} has no failure destination", where))
    return judged


def _text(value: Value) -> str:
    return " ".join((value.text, *value.refers)) if isinstance(value, Unknown) else str(value or "")


def _functions(facts: Facts) -> list[Judged]:
    """Functions that something invokes without waiting for them."""
    kinds = ("aws_cloudwatch_event_target", "aws_cloudwatch_event_rule", "aws_sns_topic_subscription")
    callers = [
        *resources(facts, *kinds, "aws_s3_bucket_notification"),
        *(p for p in resources(facts, "aws_lambda_permission") if str(p.get("principal", "")) in _ASYNC_CALLERS),
    ]
    destinations = resources(facts, "aws_lambda_function_event_invoke_config")
    called = {(caller.root, address) for caller in callers for address in caller.references()}
    judged: list[Judged] = []
    for function in deciding(facts, "aws_lambda_function"):
        events = [e for e in _events(function) if _ASYNC_EVENT.search(str(e.get("type", "")))]
        streams = [e for e in _events(function) if _STREAM_EVENT.search(str(e.get("type", "")))]
        if any(lookup(e, "properties.destination_config.on_failure") is None for e in streams):
            what = f"{function.address} reads a stream without a failure destination"
            judged.append((function, what, None))
        if not events and (function.root, function.address) not in called:
            continue
        own = next((name for name in _FAILURE if function.get(name)), "")
        sent = [d.at for d in destinations if d.refers_to(function) and d.get("destination_config.on_failure")]
        where = function.place(own) if own else next(iter(sent), None)
        judged.append((function, f"{function.address} is invoked asynchronously without a failure destination", where))
    return judged


_FAILURE = ("dead_letter_config", "event_invoke_config.destination_config.on_failure", "destinations.on_failure")
_ASYNC_EVENT = re.compile(
    r"^(CloudWatchEvent|EventBridgeRule|Schedule(V2)?|SNS|S3|IoTRule|CloudWatchLogs)$", re.IGNORECASE
)
_STREAM_EVENT = re.compile(r"^(DynamoDB|Kinesis)$", re.IGNORECASE)


def _events(function: Resource) -> list[Mapping[str, Value]]:
    """The events of a function as SAM declares them."""
    events = function.get("events")
    return [event for event in events.values() if isinstance(event, Mapping)] if isinstance(events, Mapping) else []
