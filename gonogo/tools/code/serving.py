"""What runs and listens: servers, consumers, function handlers, signal handlers, middleware."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.facts.code import Argument, Call, CodeFile, Definition, Language, Listener, SignalHandler
from gonogo.model.evidence import Place
from gonogo.tools.code.application import Application
from gonogo.tools.code.locate import Locator

_PORT = re.compile(r"(?<![\d.])(\d{2,5})(?![\d.])")
_HOST = re.compile(r"0\.0\.0\.0|127\.0\.0\.1|localhost|\[::\]|(?<![\w:])::(?![\w:])")
_PYTHON_SERVERS = re.compile(
    r"^(uvicorn\.run|uvicorn\.Config|hypercorn\..*serve|waitress\.serve|aiohttp\.web\.(run_app|TCPSite)|websockets\.(\w+\.)*serve|"
    r"http\.server\.(Threading)?HTTPServer|socketserver\.\w*TCPServer|wsgiref\.simple_server\.make_server|asyncio\.start_server|"
    r"(flask|quart|sanic|bottle|dash)\.[\w.]*\.?run|tornado\.[\w.]*\.listen|eventlet\.wsgi\.server|gevent\.pywsgi\.WSGIServer|"
    r"gradio\.[\w.]*\.launch|cherrypy\.quickstart|socketio\.[\w.]*run_app|flask_socketio\.SocketIO\.run)$"
)
_APPLICATIONS = re.compile(
    r"^(fastapi\.FastAPI|flask\.Flask|starlette\.applications\.Starlette|sanic\.Sanic|quart\.Quart|litestar\.Litestar|"
    r"django\.core\.(wsgi|asgi)\.get_\w+_application|falcon\.(asgi\.)?App|connexion\.\w*App|ninja\.NinjaAPI|robyn\.Robyn|"
    r"aiohttp\.web\.Application|apiflask\.APIFlask)$"
)
_SCRIPT_SERVERS = re.compile(
    r"^(express|fastify|koa|hono|restify|polka|@hapi/hapi|@nestjs/core|apollo-server|@apollo/server|(node:)?https?\.createServer|"
    r"(node:)?https?\.Server|(node:)?net\.createServer|h3|elysia|socket\.io|graphql-yoga|json-server|@grpc/grpc-js)\b.*\.(listen|start|bind\w*|listenAsync)$"
    r"|^(Bun|Deno)\.serve$|^@hono/node-server\.serve$|^@apollo/server/standalone\.startStandaloneServer$|^ws\.(Web[Ss]ocket)?Server$"
)
_LOOSE_LISTEN = re.compile(r"^(?:this\.)?(?:\w+\.)*\w*(?:app|server|fastify|httpserver|api)\w*\.listen$", re.I)
_GO_SERVERS = re.compile(
    r"^(net/http\.(ListenAndServe|ListenAndServeTLS|Server\.ListenAndServe|Server\.ListenAndServeTLS|Server\.Serve)|net\.Listen|"
    r"github\.com/gin-gonic/gin\.[\w.]*Run(TLS)?|github\.com/labstack/echo[\w./]*\.Start(TLS|Server)?|"
    r"github\.com/gofiber/fiber[\w./]*\.Listen|google\.golang\.org/grpc\.[\w.]*Serve)$"
)
_CONSUMERS = re.compile(
    r"^(celery\.Celery|kafka\.KafkaConsumer|confluent_kafka\.Consumer|aiokafka\.AIOKafkaConsumer|rq\.Worker|dramatiq\.\w*[Bb]roker|"
    r"pika\..*\.(basic_consume|start_consuming)|aio_pika\..*\.consume|apscheduler\..*\.start|schedule\.run_pending|arq\.\w+|"
    r"faust\.App|nats\..*\.subscribe|google\.cloud\.pubsub\w*\..*\.subscribe|azure\.servicebus\..*receiver|taskiq\.\w+|"
    r"kafkajs\..*\.run|bullmq\.Worker|bull\..*\.process|amqplib\..*\.consume|node-cron\.schedule|cron\.CronJob|agenda\..*\.start|"
    r"sqs-consumer\.Consumer\.create|@google-cloud/pubsub\..*\.on|nats\..*\.subscribe|@temporalio/worker\.Worker\.create|temporalio\.worker\.Worker|"
    r"inngest\..*createFunction|discord\..*\.run|telegram\..*\.run_polling|aiogram\..*start_polling|@slack/bolt\.App\.start|slack_bolt\..*start|"
    r"discord\.js\..*\.login|telegraf\..*\.launch|"
    r"github\.com/(segmentio/kafka-go\.NewReader|IBM/sarama\.NewConsumer\w*|Shopify/sarama\.NewConsumer\w*|rabbitmq/amqp091-go\..*\.Consume|"
    r"streadway/amqp\..*\.Consume|robfig/cron.*\.Start|hibiken/asynq\..*\.(Run|Start)|nats-io/nats\.go\..*Subscribe))$"
)
_LISTENING_MARKS = frozenset(
    ["KafkaListener", "RabbitListener", "SqsListener", "JmsListener", "StreamListener", "Scheduled", "PubSubListener"]
)
_MIDDLEWARE = frozenset(
    [
        "use",
        "register",
        "addHook",
        "add_middleware",
        "Use",
        "wsgi_app",
        "init_app",
        "useGlobalGuards",
        "useGlobalPipes",
        "enableCors",
        "middleware",
    ]
)
_FRONTS = {
    "next": 3000,
    "nuxt": 3000,
    "@sveltejs/kit": 3000,
    "@remix-run/serve": 3000,
    "@react-router/serve": 3000,
    "@redwoodjs/api": 8911,
}


def find_listeners(application: Application, locator: Locator) -> Iterator[Listener]:
    """Servers that are started, application objects that a server loads, and frameworks that serve by themselves."""
    for file in application.files:
        for call in file.calls:
            if listener := _listener(file, call):
                yield listener
    for folder, manifest in sorted(locator.manifests.items()):
        dependencies = manifest.get("dependencies")
        for name, port in _FRONTS.items():
            if isinstance(dependencies, dict) and name in dependencies:
                path = f"{folder}/package.json" if folder else "package.json"
                if (shipped := application.repository.file(path)) and shipped.decides and _serves(manifest):
                    yield Listener(name, "", port, Place(path, _line_of(application, path, f'"{name}"'), 0, name))


def _serves(manifest: dict[str, object]) -> bool:
    scripts = manifest.get("scripts")
    return isinstance(scripts, dict) and bool({"start", "dev", "serve", "preview"} & set(scripts))


def _line_of(application: Application, path: str, text: str) -> int:
    return next((n for n, line in enumerate(application.repository.lines(path), 1) if text in line), 0)


def _listener(file: CodeFile, call: Call) -> Listener | None:
    name = call.name
    if file.language is Language.PYTHON:
        if _PYTHON_SERVERS.match(name) or name.endswith((".add_insecure_port", ".add_secure_port")):
            return _made(name.partition(".")[0], call)
        if _APPLICATIONS.match(name):
            return Listener(name.partition(".")[0], "", 0, call.at, application=True)
        if name.endswith(("FastMCP.run", "mcp.run")):
            transport = call.argument("transport")
            return (
                _made("mcp", call)
                if transport is not None and transport.value in ("http", "sse", "streamable-http")
                else None
            )
    elif file.language is Language.GO:
        if _GO_SERVERS.match(name) or (name == "net/http.Server" and call.argument("Addr")):
            return _made("net/http" if name.startswith("net") else name.split("/")[-1].partition(".")[0], call)
    elif file.language is Language.JAVA:
        if name.endswith(("SpringApplication.run", "SpringApplicationBuilder.run", "Micronaut.run", "Quarkus.run")):
            return Listener("spring", "", 8080, call.at)
        if name.endswith(("HttpServer.create", "ServerSocket", "ServerBuilder.forPort")):
            return _made("java", call)
    elif _SCRIPT_SERVERS.match(name) or (_LOOSE_LISTEN.match(call.raw) and call.arguments):
        return _made(name.partition(".")[0].removeprefix("node:"), call)
    return None


def _made(framework: str, call: Call) -> Listener:
    text = " ".join(argument.text for argument in call.arguments if "=>" not in argument.text)
    named = call.argument("port", "Port", "Addr")
    values = [a.value for a in _flat(call.arguments) if a.literal]
    port = next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 < v < 65536), 0)
    if not port:
        match = _PORT.search(named.text if named is not None else text)
        port = int(match[1]) if match and int(match[1]) < 65536 else 0
    host = _HOST.search(text)
    return Listener(framework, host[0] if host else "", port, call.at)


def _flat(arguments: tuple[Argument, ...]) -> Iterator[Argument]:
    for argument in arguments:
        yield argument
        yield from _flat(argument.entries)


def find_consumers(application: Application) -> Iterator[Call]:
    """Consumers of queues and topics, workers, schedulers and bots that are started."""
    for file in application.files:
        for call in file.calls:
            polls = call.method in (
                "receive_message",
                "receiveMessage",
                "ReceiveMessage",
                "blpop",
                "brpop",
                "xreadgroup",
            )
            if _CONSUMERS.match(call.name) or (polls and call.in_loop):
                yield call
        for definition in file.definitions:
            for decorator in definition.decorators:
                if decorator.raw.rpartition(".")[2] in _LISTENING_MARKS:
                    yield decorator


def find_handlers(application: Application) -> Iterator[Definition]:
    """Handlers of serverless functions."""
    for file in application.files:
        for definition in file.definitions:
            names = [parameter.name for parameter in definition.parameters]
            if file.language is Language.PYTHON:
                plain = definition.kind == "function" and "." not in definition.name
                if (
                    plain
                    and len(names) >= 2
                    and names[0].strip("_") in ("event", "evt")
                    and names[1].strip("_") in ("context", "ctx")
                ) or any(d.name.startswith(("functions_framework", "azure.functions")) for d in definition.decorators):
                    yield definition
            elif (
                definition.name in ("handler", "lambdaHandler") and names and re.match(r"_?(event|evt|\{)", names[0])
            ) or any(
                base.endswith(("RequestHandler", "RequestStreamHandler")) and "lambda" in base
                for base in definition.bases
            ):
                yield definition
        for call in file.calls:
            if call.name == "github.com/aws/aws-lambda-go/lambda.Start":
                yield Definition("main", "function", call.at)


_HANDLES = re.compile(r"(^|\.)(signal|add_signal_handler|on|once|Notify|NotifyContext|addListener|addSignalListener)$")
_GRACEFUL = re.compile(
    r"enableShutdownHooks$|createTerminus$|http-terminator|close-with-grace|stoppable$|lightship|addShutdownHook$|"
    r"GracefulShutdown|graceful-shutdown|fastify-graceful"
)
_SIGNAL = re.compile(r"SIGTERM|SIGINT|syscall\.SIGTERM|os\.Interrupt")


def find_signals(application: Application) -> Iterator[SignalHandler]:
    """Handlers of SIGTERM and SIGINT, by the languages' and the common libraries' means."""
    for file in application.files:
        for call in file.calls:
            if not _HANDLES.search(call.name):
                if _GRACEFUL.search(call.name):
                    yield SignalHandler(("SIGTERM",), call.at)
                continue
            text = " ".join(argument.text[:200] for argument in call.arguments)
            names = tuple(sorted({"SIGTERM" if "TERM" in n else "SIGINT" for n in _SIGNAL.findall(text)}))
            if not names and re.search(r"sig", text, re.IGNORECASE):
                # the signals stand in a variable or a loop over a list of them
                names = ("SIGTERM",) if "SIGTERM" in application.repository.text(file.path) else ()
            if names:
                yield SignalHandler(names, call.at)


def find_middleware(application: Application) -> Iterator[Call]:
    """Calls that register middleware or plugins."""
    for file in application.files:
        for call in file.calls:
            if (call.method in _MIDDLEWARE and call.arguments) or call.method == "init_app":
                yield call
