"""Libraries that call over a network, with what they document when nothing is said."""
# ruff: noqa: E501 -- one row a line: the tables are read as tables

from __future__ import annotations

import re
from dataclasses import dataclass

from gonogo.facts.code import Language


@dataclass(frozen=True, slots=True)
class ClientLibrary:
    """A way to call out. ``timeout`` and ``retries`` are what the library does when nothing is said."""

    pattern: re.Pattern[str]
    kind: str
    library: str
    timeout: str
    """``none`` or ``default`` (documented and finite) or ``unknown``."""
    retries: str
    options: tuple[str, ...]
    """Options that set a timeout."""


def _kinds(*rows: tuple[str, str, str, str, str, str]) -> tuple[ClientLibrary, ...]:
    return tuple(
        ClientLibrary(re.compile(f"(?:{p})\\Z"), k, lib, t, r, tuple(o.split())) for p, k, lib, t, r, o in rows
    )


_VERBS = r"(?:get|post|put|patch|delete|head|options|request|send|stream)"
# Defaults by the libraries' documentation: pattern, kind, library, timeout, retries, options that set a timeout.
_PYTHON = _kinds(
    (rf"requests\.(?:Session\.|session\.|sessions\.Session\.)?{_VERBS}", "http", "requests", "none", "none", "timeout"),
    (rf"httpx\.(?:{_VERBS}|Client|AsyncClient)", "http", "httpx", "default", "none", "timeout"),
    (r"aiohttp\.ClientSession", "http", "aiohttp", "default", "none", "timeout"),
    (r"urllib\.request\.urlopen", "http", "urllib", "none", "none", "timeout"),
    (r"urllib3\.PoolManager", "http", "urllib3", "none", "default", "timeout"),
    (r"http\.client\.HTTPS?Connection", "http", "http.client", "none", "none", "timeout"),
    (r"boto3\.(?:client|resource)|boto3\.(?:session\.)?Session\.(?:client|resource)", "cloud", "boto3", "default", "default", "config"),
    (r"(?:aiobotocore|aioboto3)\.[\w.]*(?:client|create_client)", "cloud", "aioboto3", "default", "default", "config"),
    (r"google\.cloud\.[\w.]*Client", "cloud", "google-cloud", "default", "default", "timeout"),
    (r"azure\.(?!identity)[\w.]*Client", "cloud", "azure", "default", "default", "timeout connection_timeout read_timeout"),
    (r"openai\.(?:Async)?(?:Azure)?OpenAI", "llm", "openai", "default", "default", "timeout"),
    (r"anthropic\.(?:Async)?Anthropic\w*", "llm", "anthropic", "default", "default", "timeout"),
    (r"(?:langchain_[\w.]*|langchain[\w.]*)\.(?:Chat|Azure|Bedrock)\w+", "llm", "langchain", "default", "default", "timeout request_timeout config"),
    (r"litellm\.a?completion", "llm", "litellm", "default", "none", "timeout request_timeout"),
    (r"(?:google\.genai\.Client|google\.generativeai\.GenerativeModel|mistralai\.\w+|cohere\.\w*Client\w*|groq\.\w*Groq|ollama\.\w+)",
     "llm", "llm sdk", "default", "default", "timeout http_options"),
    (r"psycopg2?\.(?:connect|pool\.\w+)|psycopg\.(?:Async)?Connection\.connect", "database", "psycopg", "none", "none", "connect_timeout options timeout"),
    (r"flask_sqlalchemy\.SQLAlchemy|databases\.Database|tortoise\.[\w.]*Tortoise\.init|peewee\.\w*Database|sqlmodel\.create_engine",
     "database", "sqlalchemy", "default", "none", "pool_timeout connect_args"),
    (r"psycopg_pool\.\w*ConnectionPool", "database", "psycopg_pool", "default", "none", "timeout"),
    (r"asyncpg\.(?:connect|create_pool)", "database", "asyncpg", "default", "none", "timeout command_timeout"),
    (r"sqlalchemy\.(?:[\w.]*\.)?create_(?:async_)?engine|sqlmodel\.create_engine|sqlalchemy\.[\w.]*async_engine_from_config",
     "database", "sqlalchemy", "default", "none", "pool_timeout connect_args"),
    (r"(?:pymysql|MySQLdb|mysql\.connector|aiomysql)\.(?:connect|create_pool)", "database", "mysql", "default", "none", "connect_timeout connection_timeout"),
    (r"(?:pymongo|motor)\.[\w.]*Client", "database", "pymongo", "default", "default", "timeoutMS serverSelectionTimeoutMS"),
    (r"sqlite3\.connect|aiosqlite\.connect", "database", "sqlite", "default", "none", "timeout"),
    (r"redis\.(?:asyncio\.)?(?:client\.)?(?:Redis|StrictRedis|from_url|Redis\.from_url|ConnectionPool)", "cache", "redis", "none", "none", "socket_timeout socket_connect_timeout"),
    (r"elasticsearch\.\w*Elasticsearch|opensearchpy\.\w+", "database", "elasticsearch", "default", "default", "timeout request_timeout"),
    (r"grpc\.(?:aio\.)?(?:insecure|secure)_channel", "rpc", "grpc", "unknown", "default", "timeout"),
    (r"smtplib\.SMTP\w*", "mail", "smtplib", "none", "none", "timeout"),
    (r"(?:stripe|twilio|slack_sdk|sendgrid)\.[\w.]+(?:Client|create|WebClient)", "http", "vendor sdk", "default", "default", "timeout"),
)  # fmt: skip
_SCRIPT = _kinds(
    (r"fetch|node-fetch(?:\.default)?|cross-fetch|undici\.fetch|isomorphic-fetch|globalThis\.fetch|window\.fetch", "http", "fetch", "none", "none", "signal timeout"),
    (rf"axios(?:\.default)?(?:\.{_VERBS})?", "http", "axios", "none", "none", "timeout signal"),
    (r"axios\.(?:default\.)?create", "http", "axios", "none", "none", "timeout"),
    (rf"got(?:\.default)?(?:\.(?:{_VERBS}|extend))?", "http", "got", "none", "default", "timeout"),
    (rf"ky(?:\.(?:{_VERBS}|create|extend))?", "http", "ky", "default", "default", "timeout"),
    (r"undici\.(?:request|stream|Pool|Client|Agent)", "http", "undici", "default", "none", "headersTimeout bodyTimeout"),
    (rf"superagent\.{_VERBS}|needle(?:\.\w+)?|request-promise[\w-]*|request(?:\.{_VERBS})", "http", "superagent", "none", "none", "timeout"),
    (r"(?:node:)?https?\.(?:request|get)", "http", "http", "none", "none", "timeout signal"),
    (r"@nestjs/axios\.HttpService\.(?:get|post|put|patch|delete|request)", "http", "axios", "none", "none", "timeout"),
    (r"@aws-sdk/[\w-]+\.(?!.*Command)\w*(?:Client|DynamoDB|S3|SQS|SNS)", "cloud", "aws-sdk", "unknown", "default", "requestHandler"),
    (r"aws-sdk(?:/[\w/]+)?\.\w+(?:\.DocumentClient)?", "cloud", "aws-sdk", "default", "default", "httpOptions"),
    (r"@google-cloud/[\w-]+\.\w+|@azure/(?!identity)[\w-]+\.\w*Client", "cloud", "cloud sdk", "default", "default", "timeout"),
    (r"openai(?:\.default|\.OpenAI|\.AzureOpenAI)?|@anthropic-ai/sdk(?:\.\w+)?|groq-sdk|@mistralai/\w+\.\w+|@google/gen(?:erative-)?ai\.\w+|cohere-ai\.\w+",
     "llm", "llm sdk", "default", "default", "timeout"),
    (r"@langchain/[\w-]+\.(?:Chat|Bedrock)\w+", "llm", "langchain", "default", "default", "timeout"),
    (r"ai\.(?:generateText|streamText|generateObject|streamObject|embed)", "llm", "ai sdk", "unknown", "default", "abortSignal"),
    (r"pg\.(?:Pool|Client)|pg(?:\.default)\.(?:Pool|Client)|@neondatabase/serverless\.\w+", "database", "pg", "none", "none", "connectionTimeoutMillis query_timeout statement_timeout"),
    (r"postgres(?:\.default)?", "database", "postgres.js", "default", "none", "connect_timeout"),
    (r"mysql2?(?:/promise)?\.(?:createPool|createConnection)", "database", "mysql2", "default", "none", "connectTimeout"),
    (r"mongoose\.connect|mongoose\.createConnection|mongodb\.MongoClient(?:\.connect)?", "database", "mongodb", "default", "default", "serverSelectionTimeoutMS"),
    (r"(?:@prisma/client|[\w./@-]*prisma[\w./-]*)\.PrismaClient", "database", "prisma", "default", "none", "datasourceUrl"),
    (r"sequelize\.Sequelize|sequelize-typescript\.Sequelize|sequelize", "database", "sequelize", "default", "none", "pool"),
    (r"typeorm\.(?:DataSource|createConnection)|@nestjs/typeorm\.TypeOrmModule\.forRoot\w*", "database", "typeorm", "unknown", "none", "extra connectTimeoutMS"),
    (r"knex(?:\.default|\.knex)?", "database", "knex", "default", "none", "acquireConnectionTimeout"),
    (r"better-sqlite3|sqlite3\.Database|sqlite\.open|node:sqlite\.DatabaseSync", "database", "sqlite", "default", "none", "timeout"),
    (r"ioredis(?:\.(?:default|Redis|Cluster))?|redis\.create(?:Client|Cluster)", "cache", "redis", "default", "default", "connectTimeout commandTimeout"),
    (r"nodemailer\.createTransport", "mail", "nodemailer", "default", "none", "connectionTimeout"),
    (r"stripe|@slack/web-api\.WebClient|twilio|@sendgrid/mail\.send", "http", "vendor sdk", "default", "default", "timeout"),
    (r"@grpc/grpc-js\.credentials|@grpc/grpc-js\.\w*Client", "rpc", "grpc", "unknown", "default", "deadline"),
)  # fmt: skip
_GO = _kinds(
    (r"net/http\.(?:Get|Post|Head|PostForm|DefaultClient\.\w+)", "http", "net/http", "none", "none", ""),
    (r"net/http\.Client", "http", "net/http", "none", "none", "Timeout"),
    (r"github\.com/go-resty/resty[\w./]*\.New", "http", "resty", "none", "none", "SetTimeout"),
    (r"github\.com/hashicorp/go-retryablehttp\.NewClient", "http", "retryablehttp", "default", "default", ""),
    (r"database/sql\.Open|github\.com/jmoiron/sqlx\.(?:Open|Connect)", "database", "database/sql", "unknown", "default", ""),
    (r"gorm\.io/gorm\.Open|github\.com/jinzhu/gorm\.Open", "database", "gorm", "unknown", "default", ""),
    (r"github\.com/jackc/pgx[\w./]*\.(?:Connect|New|NewWithConfig|ConnectConfig)", "database", "pgx", "unknown", "none", ""),
    (r"go\.mongodb\.org/mongo-driver[\w./]*\.Connect", "database", "mongodb", "default", "default", ""),
    (r"github\.com/(?:redis/go-redis|go-redis/redis)[\w./]*\.New(?:Cluster|Universal|Failover)?Client", "cache", "redis", "default", "default", "ReadTimeout"),
    (r"github\.com/gomodule/redigo/redis\.Dial\w*", "cache", "redigo", "none", "none", ""),
    (r"google\.golang\.org/grpc\.(?:Dial|DialContext|NewClient)", "rpc", "grpc", "unknown", "default", ""),
    (r"github\.com/aws/aws-sdk-go(?:-v2)?/[\w./]*\.(?:NewFromConfig|New|LoadDefaultConfig|NewSession)", "cloud", "aws-sdk-go", "default", "default", ""),
    (r"cloud\.google\.com/go/[\w./]*\.NewClient", "cloud", "google-cloud", "default", "default", ""),
    (r"github\.com/(?:sashabaranov/go-openai|openai/openai-go|anthropics/anthropic-sdk-go)[\w./]*\.NewClient", "llm", "llm sdk", "default", "default", ""),
)  # fmt: skip
_JAVA = _kinds(
    (r"(?:[\w.]*\.)?OkHttpClient(?:\.Builder)?", "http", "okhttp", "default", "default", ""),
    (r"(?:[\w.]*\.)?(?:HttpClients\.\w+|HttpClientBuilder\.create)", "http", "httpclient", "default", "default", ""),
    (r"(?:[\w.]*\.)?URL\.openConnection", "http", "HttpURLConnection", "none", "none", ""),
    (r"software\.amazon\.awssdk\.[\w.]*Client\.(?:create|builder)|com\.amazonaws\.[\w.]*ClientBuilder\.\w+", "cloud", "aws-sdk", "default", "default", ""),
    (r"java\.sql\.DriverManager\.getConnection", "database", "jdbc", "none", "none", ""),
    (r"(?:[\w.]*\.)?HikariDataSource", "database", "hikari", "default", "none", ""),
    (r"(?:[\w.]*\.)?JedisPool|(?:[\w.]*\.)?Jedis", "cache", "jedis", "default", "none", ""),
    (r"(?:[\w.]*\.)?ManagedChannelBuilder\.\w+", "rpc", "grpc", "unknown", "default", ""),
)  # fmt: skip
CLIENTS = {
    Language.PYTHON: _PYTHON, Language.JAVASCRIPT: _SCRIPT, Language.TYPESCRIPT: _SCRIPT, Language.GO: _GO, Language.JAVA: _JAVA,
}  # fmt: skip
RETRIES = (
    "tenacity", "backoff", "retrying", "retry", "stamina", "aiohttp_retry", "urllib3.util.retry", "urllib3.util", "requests.adapters",
    "google.api_core.retry", "p-retry", "async-retry", "axios-retry", "exponential-backoff", "cockatiel", "promise-retry", "retry-axios",
    "fetch-retry", "@lifeomic/attempt", "github.com/cenkalti/backoff", "github.com/avast/retry-go", "github.com/hashicorp/go-retryablehttp",
    "github.com/sethvargo/go-retry", "github.com/failsafe-go/failsafe-go", "io.github.resilience4j", "org.springframework.retry", "dev.failsafe",
)  # fmt: skip
