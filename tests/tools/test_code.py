"""What the code tool reads: names through imports, what is reached, routes with their guards, clients, writes."""
# ruff: noqa: E501 -- small programs, a line a statement

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.facts.code import Client, Code, Route
from tests.asking import read


def code(files: dict[str, str], folder: Path) -> Code:
    return read(files, folder).code


def route(facts: Code, method: str, path: str) -> Route:
    return next(item for item in facts.routes if (item.method, item.path) == (method, path))


def guards(facts: Code, method: str, path: str) -> list[str]:
    return [guard.name.rpartition(".")[2] for guard in route(facts, method, path).guards]


def client(facts: Code, library: str) -> Client:
    return next(item for item in facts.clients if item.library == library)


def test_names_follow_aliases_and_constructors(tmp_path: Path) -> None:
    facts = code(
        {
            "main.py": "import boto3 as b\nfrom requests import Session as S\ns3 = b.client('s3')\ns3.put_object()\n"
            "def go():\n    with S() as web:\n        web.get('http://x', timeout=3)\n"
        },
        tmp_path,
    )
    names = [call.name for call in facts.files[0].calls]
    assert names == ["boto3.client", "boto3.client.put_object", "requests.Session", "requests.Session.get"]
    get = facts.calls("requests.*.get")[0]
    assert get.function == "go"
    timeout = get.argument("timeout")
    assert timeout is not None and timeout.value == 3


def test_names_follow_other_files(tmp_path: Path) -> None:
    facts = code(
        {
            "app/main.py": "from app.store import engine\nengine.connect()\n",
            "app/__init__.py": "",
            "app/store.py": "import sqlalchemy as sa\nengine = sa.create_engine('x')\n",
            "web/package.json": '{"name": "web", "main": "a.ts"}',
            "web/a.ts": "import { db } from './b';\ndb.query('x');",
            "web/b.ts": "import { Pool } from 'pg';\nexport const db = new Pool({max: 3});",
        },
        tmp_path,
    )
    assert facts.calls("sqlalchemy.create_engine.connect")
    assert facts.calls("pg.Pool.query")


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("a.js", "const express = require('express');\nconst app = express();\napp.get('/x', h => 1);", "express.get"),
        ("a.ts", "import F from 'fastify';\nconst app = F();\nawait app.register(x, {a: 1});", "fastify.register"),
        ("a.go", 'package main\nimport "net/http"\nfunc main() { http.Get("x") }', "net/http.Get"),
        ("A.java", "import a.b.C;\nclass A { C c = new C(); void m() { c.go(1); } }", "a.b.C.go"),
    ],
)
def test_every_language_resolves_names(path: str, text: str, name: str, tmp_path: Path) -> None:
    assert name in [call.name for file in code({path: text}, tmp_path).files for call in file.calls]


def test_environment_reads_have_their_fallback(tmp_path: Path) -> None:
    facts = code(
        {
            "a.py": "import os\nA = os.getenv('A', 'x')\nB = os.environ['B']\n",
            "b.ts": "const c = process.env.C ?? 'y';\nconst { D = 'z' } = process.env;\nfetch('x');",
        },
        tmp_path,
    )
    assert {(item.name, item.fallback) for item in facts.env(reached=False)} == {
        ("A", "x"),
        ("B", None),
        ("C", "y"),
        ("D", "z"),
    }


def test_only_what_an_entry_point_imports_is_reached(tmp_path: Path) -> None:
    facts = code(
        {
            "Dockerfile": 'FROM python:3.12\nCMD ["python", "run.py"]\n',
            "run.py": "import used\nused.go()\n",
            "used.py": "import requests\ndef go(): requests.get('http://x')\n",
            "unused.py": "import requests\ndef go(): requests.get('http://y')\n",
        },
        tmp_path,
    )
    assert facts.is_reached("used.py")
    assert not facts.is_reached("unused.py")
    assert [item.at.path for item in facts.clients] == ["used.py"]


def test_workspace_packages_and_compiled_endings_are_followed(tmp_path: Path) -> None:
    facts = code(
        {
            "package.json": '{"name": "root", "workspaces": ["packages/*"]}',
            "packages/api/package.json": '{"name": "@x/api", "scripts": {"start": "node dist/index.js"}}',
            "packages/api/src/index.ts": "import { go } from '@x/shared';\nimport './other.js';\ngo();",
            "packages/api/src/other.ts": "fetch('http://x');",
            "packages/api/src/dead.ts": "fetch('http://x');",
            "packages/shared/package.json": '{"name": "@x/shared", "main": "./dist/index.js"}',
            "packages/shared/src/index.ts": "export * from './deep';",
            "packages/shared/src/deep.ts": "export function go() { return fetch('http://x'); }",
        },
        tmp_path,
    )
    reached = {file.path: file.reached for file in facts.files}
    assert reached["packages/api/src/other.ts"]
    assert reached["packages/shared/src/deep.ts"]
    assert not reached["packages/api/src/dead.ts"]


def test_tests_and_examples_are_not_product_code(tmp_path: Path) -> None:
    facts = code(
        {"tests/test_a.py": "import requests\n", "examples/a.py": "import requests\n", "a.py": "import os\n"}, tmp_path
    )
    assert [file.path for file in facts.files] == ["a.py"]


def test_code_in_other_languages_is_named(tmp_path: Path) -> None:
    facts = code({"src/main.rs": "fn main() {}", "a.py": "import os\n"}, tmp_path)
    assert [(item.language, item.files) for item in facts.foreign] == [("Rust", 1)]


def test_a_huge_source_file_is_unread(tmp_path: Path) -> None:
    facts = code({"a.py": "x = 1\n" * 200_000}, tmp_path)
    assert [item.path for item in facts.unread] == ["a.py"]


@pytest.mark.parametrize("text", ["", "def (", "\x00\x01", "(" * 5000, "a." * 5000 + "b()", "[" * 3000 + "]" * 3000])
def test_odd_source_never_crashes(text: str, tmp_path: Path) -> None:
    files = {
        "a.py": "import os\n" + text,
        "a.ts": "fetch('x');\n" + text,
        "a.go": "package main\n" + text,
        "A.java": text,
    }
    facts = code(files, tmp_path)
    assert {file.path for file in facts.files} | {item.path for item in facts.unread} >= {"a.py", "a.ts", "a.go"}


def test_fastapi_routes_inherit_prefix_and_dependencies(tmp_path: Path) -> None:
    facts = code(
        {
            "main.py": "from fastapi import FastAPI, Depends\nfrom api import users\nfrom auth import check\n"
            "app = FastAPI()\napp.include_router(users.router, prefix='/v1', dependencies=[Depends(check)])\n"
            "@app.get('/health')\ndef health(): return 1\n",
            "auth.py": "def check(): ...\n",
            "api/__init__.py": "",
            "api/users.py": "from fastapi import APIRouter\nfrom typing import Annotated\nfrom deps import Me\n"
            "router = APIRouter(prefix='/users')\n@router.post('/{id}')\ndef make(id: int, me: Me): ...\n",
            "deps.py": "from typing import Annotated\nfrom fastapi import Depends\ndef current_user(): ...\n"
            "Me = Annotated[str, Depends(current_user)]\n",
        },
        tmp_path,
    )
    assert set(guards(facts, "POST", "/v1/users/{id}")) == {"check", "current_user"}
    assert guards(facts, "GET", "/health") == []


def test_a_router_under_a_development_condition_says_so(tmp_path: Path) -> None:
    facts = code(
        {
            "main.py": "from fastapi import FastAPI\nimport private\napp = FastAPI()\nif settings.ENVIRONMENT == 'local':\n"
            "    app.include_router(private.router)\n",
            "private.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.post('/x')\ndef x(): ...\n",
        },
        tmp_path,
    )
    assert route(facts, "POST", "/x").guards[0].name.startswith("development only")


def test_flask_blueprints_and_before_request(tmp_path: Path) -> None:
    facts = code(
        {
            "app.py": "from flask import Flask\nfrom things import bp\nfrom auth import login_check\napp = Flask(__name__)\n"
            "bp.before_request(login_check)\napp.register_blueprint(bp, url_prefix='/api')\n",
            "things.py": "from flask import Blueprint\nbp = Blueprint('t', __name__)\n@bp.route('/x', methods=['POST'])\ndef x(): ...\n",
            "auth.py": "def login_check(): ...\n",
        },
        tmp_path,
    )
    assert guards(facts, "POST", "/api/x") == ["login_check"]


def test_django_views_have_the_permissions_of_their_bases(tmp_path: Path) -> None:
    facts = code(
        {
            "manage.py": "import django\nif __name__ == '__main__': pass\n",
            "shop/urls.py": "from django.urls import path\nfrom shop.views import Make\nurlpatterns = [path('make/', Make.as_view())]\n",
            "shop/__init__.py": "",
            "shop/views.py": "from rest_framework.views import APIView\nfrom rest_framework.permissions import IsAuthenticated\n"
            "class Guarded:\n    permission_classes = (IsAuthenticated,)\n"
            "class Make(Guarded, APIView):\n    def post(self, request): return request.data\n",
        },
        tmp_path,
    )
    assert guards(facts, "POST", "/make/") == ["IsAuthenticated"]


def test_express_middleware_runs_in_order_and_through_mounts(tmp_path: Path) -> None:
    facts = code(
        {
            "package.json": '{"name": "x", "main": "index.js"}',
            "index.js": "const express = require('express');\nconst users = require('./users');\nconst app = express();\n"
            "app.get('/before', (req, res) => res.send(1));\napp.use(requireAuth);\n"
            "app.get('/after', (req, res) => res.send(1));\napp.use('/users', users);\napp.listen(3000);",
            "users.js": "const router = require('express').Router();\nrouter.post('/', limiter, (req, res) => res.send(1));\n"
            "module.exports = router;",
        },
        tmp_path,
    )
    assert guards(facts, "GET", "/before") == []
    assert guards(facts, "GET", "/after") == ["requireAuth"]
    assert guards(facts, "POST", "/users") == ["requireAuth", "limiter"]


def test_fastify_hooks_and_plugins(tmp_path: Path) -> None:
    facts = code(
        {
            "index.ts": "import Fastify from 'fastify';\nimport plugin from './plugin';\nconst app = Fastify();\n"
            "app.addHook('onRequest', authenticate);\nawait app.register(plugin, { prefix: '/v1' });\napp.listen({ port: 8080, host: '0.0.0.0' });",
            "plugin.ts": "import { FastifyInstance } from 'fastify';\nexport default async function plugin(fastify: FastifyInstance) {\n"
            "  fastify.post('/x', { schema: { body: S } }, async (request) => request.body);\n}",
        },
        tmp_path,
    )
    assert guards(facts, "POST", "/v1/x") == ["authenticate"]
    assert route(facts, "POST", "/v1/x").validated
    assert [(item.framework, item.host, item.port) for item in facts.listeners] == [("fastify", "0.0.0.0", 8080)]


def test_nest_guards_and_bound_middleware(tmp_path: Path) -> None:
    facts = code(
        {
            "package.json": '{"name": "x"}',
            "src/main.ts": "import { NestFactory } from '@nestjs/core';\nimport { Mod } from './mod';\n"
            "async function go() { const app = await NestFactory.create(Mod); await app.listen(3000); }\ngo();",
            "src/mod.ts": "import { Module } from '@nestjs/common';\nimport { C } from './c';\nimport { AuthMiddleware } from './auth';\n"
            "@Module({ controllers: [C] })\nexport class Mod {\n  configure(consumer) {\n"
            "    consumer.apply(AuthMiddleware).forRoutes({ path: 'c/x', method: RequestMethod.POST });\n  }\n}",
            "src/auth.ts": "export class AuthMiddleware { use(req) { return req.headers; } }\nconsole.log(1);",
            "src/c.ts": "import { Controller, Get, Post, UseGuards } from '@nestjs/common';\n@Controller('c')\nexport class C {\n"
            "  @Post('x') a() {}\n  @UseGuards(JwtGuard) @Get('y') b() {}\n  @Get('z') c() {}\n}",
        },
        tmp_path,
    )
    assert guards(facts, "POST", "/c/x")[0] == "AuthMiddleware"
    assert "JwtGuard" in guards(facts, "GET", "/c/y")
    assert "AuthMiddleware" not in guards(facts, "GET", "/c/z")


def test_next_routes_by_their_place(tmp_path: Path) -> None:
    facts = code(
        {
            "package.json": '{"name": "x", "dependencies": {"next": "15"}, "scripts": {"start": "next start"}}',
            "src/app/api/things/[id]/route.ts": "export async function POST(req: Request) { return Response.json(await req.json()); }",
            "src/pages/api/old.ts": "export default function handler(req, res) { if (req.method === 'PUT') res.end(); }",
        },
        tmp_path,
    )
    assert {(item.method, item.path) for item in facts.routes} == {("POST", "/api/things/[id]"), ("PUT", "/api/old")}
    assert [item.framework for item in facts.listeners] == ["next"]


def test_go_groups_are_followed_into_functions(tmp_path: Path) -> None:
    facts = code(
        {
            "go.mod": "module x\n",
            "main.go": 'package main\nimport ("github.com/gin-gonic/gin"\n "x/users")\nfunc main() {\n r := gin.Default()\n'
            ' v1 := r.Group("/v1", AuthRequired())\n users.Register(v1.Group("/users"))\n r.Run(":8080")\n}\n',
            "users/routes.go": 'package users\nimport "github.com/gin-gonic/gin"\nfunc Register(router *gin.RouterGroup) {\n'
            ' router.POST("/", Make)\n}\nfunc Make(c *gin.Context) { c.ShouldBindJSON(1) }\n',
        },
        tmp_path,
    )
    assert guards(facts, "POST", "/v1/users") == ["AuthRequired"]
    assert [item.port for item in facts.listeners] == [8080]


def test_go_closures_and_methods_of_patterns(tmp_path: Path) -> None:
    facts = code(
        {
            "go.mod": "module x\n",
            "main.go": 'package main\nimport ("net/http"\n "github.com/go-chi/chi/v5")\nfunc main() {\n r := chi.NewRouter()\n'
            ' r.Route("/api", func(r chi.Router) {\n  r.Use(Authenticator)\n  r.Get("/x", func(w http.ResponseWriter, q *http.Request) {})\n })\n'
            ' r.Get("/open", func(w http.ResponseWriter, q *http.Request) {})\n http.HandleFunc("PUT /y", h)\n http.ListenAndServe(":80", r)\n}\n',
        },
        tmp_path,
    )
    assert guards(facts, "GET", "/api/x") == ["Authenticator"]
    assert guards(facts, "GET", "/open") == []
    assert route(facts, "PUT", "/y")


def test_spring_routes_and_its_security(tmp_path: Path) -> None:
    facts = code(
        {
            "pom.xml": "<project/>",
            "src/main/java/a/App.java": "package a;\nimport org.springframework.boot.SpringApplication;\n@SpringBootApplication\n"
            "class App { public static void main(String[] x) { SpringApplication.run(App.class, x); } }",
            "src/main/java/a/C.java": "package a;\nimport org.springframework.web.bind.annotation.*;\n@RestController\n"
            '@RequestMapping("/api")\nclass C {\n @PostMapping("/x") String x(@Valid @RequestBody Dto d) { return ""; }\n'
            ' @PutMapping("/y") String y(@RequestBody Dto d) { return ""; }\n}',
            "src/main/java/a/Sec.java": "package a;\nimport org.springframework.security.config.annotation.web.builders.HttpSecurity;\n"
            "class Sec { Object chain(HttpSecurity http) { return http.authorizeHttpRequests(r -> r.anyRequest().authenticated()); } }",
        },
        tmp_path,
    )
    assert route(facts, "POST", "/api/x").validated
    assert not route(facts, "PUT", "/api/y").validated
    assert "spring security" in route(facts, "PUT", "/api/y").guards[0].name


def test_standard_http_server_routes_by_their_literals(tmp_path: Path) -> None:
    facts = code(
        {
            "app.py": "from http.server import BaseHTTPRequestHandler, HTTPServer\nclass H(BaseHTTPRequestHandler):\n"
            "    def do_GET(self):\n        routes = {\n            '/health': self.a,\n            '/x': self.b,\n        }\n"
            "HTTPServer(('0.0.0.0', 8000), H).serve_forever()\n"
        },
        tmp_path,
    )
    assert {item.path for item in facts.routes} == {"/health", "/x"}
    assert facts.listeners[0].port == 8000


@pytest.mark.parametrize(
    ("text", "timeout", "retries"),
    [
        ("import requests\nrequests.get('x')", "none", "none"),
        ("import requests\nrequests.get('x', timeout=5)", "set", "none"),
        ("import requests\nrequests.get('x', timeout=None)", "none", "none"),
        ("import requests\nrequests.get('x', **options)", "unknown", "none"),
        ("import httpx\nhttpx.get('x')", "default", "none"),
        ("import httpx\nhttpx.get('x', timeout=None)", "none", "none"),
        ("import boto3\nboto3.client('s3')", "default", "default"),
        (
            "import requests\nfrom tenacity import retry\n@retry()\ndef go():\n    requests.get('x', timeout=5)",
            "set",
            "set",
        ),
    ],
)
def test_timeouts_and_retries_of_python_clients(text: str, timeout: str, retries: str, tmp_path: Path) -> None:
    found = code({"main.py": text + "\n"}, tmp_path).clients[0]
    assert (found.timeout, found.retries) == (timeout, retries)


@pytest.mark.parametrize(
    ("text", "timeout"),
    [
        ("await fetch('http://x');", "none"),
        ("await fetch('http://x', { signal: AbortSignal.timeout(5) });", "set"),
        ("await fetch('http://x', { method: 'POST', ...options });", "unknown"),
        ("await fetch('http://x', options);", "unknown"),
        ("import axios from 'axios';\naxios.get('http://x');", "none"),
        ("import axios from 'axios';\naxios.get('http://x', { timeout: 3000 });", "set"),
        ("import axios from 'axios';\naxios.defaults.timeout = 3000;\naxios.get('http://x');", "set"),
        ("import OpenAI from 'openai';\nnew OpenAI({ apiKey: k });", "default"),
    ],
)
def test_timeouts_of_script_clients(text: str, timeout: str, tmp_path: Path) -> None:
    assert code({"index.ts": text}, tmp_path).clients[0].timeout == timeout


@pytest.mark.parametrize(
    ("text", "timeout"),
    [
        ('import "net/http"\nfunc main() { http.Get("x") }', "none"),
        ('import "net/http"\nfunc main() { c := &http.Client{Timeout: 5}; c.Get("x") }', "set"),
        ('import "net/http"\nfunc main() { c := &http.Client{}; c.Get("x") }', "none"),
    ],
)
def test_timeouts_of_go_clients(text: str, timeout: str, tmp_path: Path) -> None:
    assert client(code({"main.go": "package main\n" + text}, tmp_path), "net/http").timeout == timeout


def test_a_front_end_calls_as_a_browser(tmp_path: Path) -> None:
    facts = code(
        {"src/main.tsx": "import React from 'react';\nfetch('/api/x');", "index.html": '<script src="/src/main.tsx">'},
        tmp_path,
    )
    assert [item.kind for item in facts.clients] == ["browser"]
    assert facts.browser == {"src/main.tsx"}


def test_writes_and_what_protects_them(tmp_path: Path) -> None:
    facts = code(
        {
            "main.py": "import os, fcntl\ndef plain(p):\n    with open(p, 'w') as f: f.write('x')\n"
            "def atomic(p):\n    with open(p + '.tmp', 'w') as f: f.write('x')\n    os.replace(p + '.tmp', p)\n"
            "def locked(p):\n    with open(p, 'w') as f:\n        fcntl.flock(f, 2)\n"
            "def log(p):\n    open(p, 'a').write('x')\ndef reads(p):\n    return open(p).read()\n"
        },
        tmp_path,
    )
    found = {item.call.function: (item.mode, item.locked) for item in facts.writes}
    assert found == {
        "plain": ("replace", False),
        "atomic": ("atomic", False),
        "locked": ("replace", True),
        "log": ("append", False),
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("main.py", "import signal\nsignal.signal(signal.SIGTERM, stop)\n"),
        ("index.js", "process.on('SIGTERM', () => server.close());"),
        ("index.js", "for (const name of ['SIGINT', 'SIGTERM']) process.on(name, signalStop);"),
        ("main.go", 'package main\nimport ("os/signal"\n"syscall")\nfunc main() { signal.Notify(c, syscall.SIGTERM) }'),
    ],
)
def test_signal_handlers(path: str, text: str, tmp_path: Path) -> None:
    assert [item.signals for item in code({path: text}, tmp_path).signals] == [("SIGTERM",)]


def test_a_script_that_imports_the_service_is_no_service(tmp_path: Path) -> None:
    facts = code(
        {
            "server.py": "from fastapi import FastAPI\nimport uvicorn, store\napp = FastAPI()\nif __name__ == '__main__':\n    uvicorn.run(app)\n",
            "store.py": "import requests\ndef get(): return requests.get('x')\n",
            "backfill.py": "import requests, store\nif __name__ == '__main__':\n    requests.get('y')\n",
        },
        tmp_path,
    )
    assert {file.path for file in facts.files if file.service} == {"server.py", "store.py"}


def test_functions_of_a_cloud_are_handlers(tmp_path: Path) -> None:
    facts = code({"a.py": "def lambda_handler(event, context):\n    return 1\n"}, tmp_path)
    assert [item.name for item in facts.handlers] == ["lambda_handler"]


def test_views_without_effects_are_not_parsed(tmp_path: Path) -> None:
    facts = code(
        {
            "src/main.tsx": "import { View } from './View';\nconsole.log(View);",
            "src/View.tsx": "import React from 'react';\nexport const View = () => <b>hi</b>;",
        },
        tmp_path,
    )
    view = facts.file("src/View.tsx")
    assert view is not None and view.reached and not view.parsed


def test_components_of_vue_are_read(tmp_path: Path) -> None:
    facts = code(
        {
            "src/main.ts": "import App from './App.vue';\nconsole.log(App)",
            "src/App.vue": "<template/>\n<script setup>\nfetch('/x')\n</script>",
        },
        tmp_path,
    )
    assert [(item.at.path, item.at.line) for item in facts.clients] == [("src/App.vue", 3)]
