"""Helm charts, worked out in process."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.facts.kubernetes import Kubernetes, is_unknown
from gonogo.tools.helm.render import Engine, TemplateError, parse
from tests.asking import read

HELPERS = """\
{{- define "shop.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "shop.labels" -}}
app.kubernetes.io/name: {{ include "shop.name" . }}
{{- with .Values.labels }}
{{ toYaml . }}
{{- end }}
{{- end }}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.name" . }}
  labels: {{- include "shop.labels" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        {{- range $name, $c := .Values.containers }}
        - name: {{ $name }}
          image: "{{ $c.image }}:{{ $c.tag | default $.Chart.AppVersion }}"
          {{- if semverCompare ">=1.20-0" $.Capabilities.KubeVersion.Version }}
          resources:
            {{- toYaml $c.resources | nindent 12 }}
          {{- end }}
        {{- end }}
"""
CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: 2.1.0\n",
    "chart/values.yaml": """\
replicas: 1
labels: {team: a}
autoscaling: {enabled: false}
containers: {web: {image: web, resources: {limits: {memory: 1Gi}}}}
""",
    "chart/templates/_helpers.tpl": HELPERS,
    "chart/templates/deployment.yaml": DEPLOYMENT,
    "chart/templates/NOTES.txt": "{{ fail }}",
}


def kubernetes(tmp_path: Path, files: dict[str, str]) -> Kubernetes:
    return read(files, tmp_path).kubernetes


def render(text: str, values: dict[str, object] | None = None) -> str:
    engine, tree = Engine(), parse(text)
    engine.define(tree)
    return engine.render(tree, {"Values": values or {}}).text


def test_a_chart_with_the_lines_of_its_templates(tmp_path: Path) -> None:
    (web,) = kubernetes(tmp_path, CHART).workloads
    assert (web.symbol, web.at.path, web.at.line, web.replicas) == (
        "Deployment/shop",
        "chart/templates/deployment.yaml",
        1,
        1,
    )
    assert web.object.labels == {"app.kubernetes.io/name": "shop", "team": "a"}
    (container,) = web.containers
    assert (container.image, container.place("image").line) == ("web:2.1.0", 19)
    assert (container.resource("limits", "memory"), container.place("resources").line) == ("1Gi", 21)


def test_values_of_the_audited_environment(tmp_path: Path) -> None:
    files = {**CHART, "chart/values-production.yaml": "replicas: 5\n", "chart/values-dev.yaml": "replicas: 9\n"}
    assert kubernetes(tmp_path, files).workloads[0].replicas == 5
    beside = {"deploy/production/values.yaml": "replicas: 7\n", "deploy/production/other-values.yaml": "x: 1\n"}
    assert kubernetes(tmp_path / "beside", {**CHART, **beside}).workloads[0].replicas == 7


def test_what_is_not_known_is_never_absent(tmp_path: Path) -> None:
    files = {
        **CHART,
        "chart/templates/secret.yaml": 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ include "x" . }}\n',
        "chart/templates/guess.yaml": '{{ if (include "on" .) }}\napiVersion: v1\nkind: Service\n'
        "metadata: {name: s}\n{{ end }}\n",
        "chart/templates/odd.yaml": "{{ if }\n",
    }
    found = kubernetes(tmp_path, files)
    assert is_unknown(found.of("Secret")[0].name)
    assert len(found.of("Service")) == 1
    assert [unread.path for unread in found.unread] == ["chart/templates/guess.yaml", "chart/templates/odd.yaml"]


def test_charts_below_and_from_elsewhere(tmp_path: Path) -> None:
    files = {
        **CHART,
        "chart/Chart.yaml": CHART["chart/Chart.yaml"]
        + "dependencies:\n- {name: redis, repository: 'https://x', condition: redis.enabled}\n"
        + "- {name: postgres, repository: 'https://x', condition: pg.enabled}\n- {name: api, repository: 'file://../api'}\n",
        "chart/values.yaml": CHART["chart/values.yaml"] + "pg: {enabled: false}\napi: {port: 81}\nglobal: {g: G}\n",
        "api/Chart.yaml": "name: api\n",
        "api/values.yaml": "port: 80\n",
        "api/templates/s.yaml": "apiVersion: v1\nkind: Service\n"
        "metadata: {name: 'api-{{ .Values.port }}-{{ .Values.global.g }}'}\n",
    }
    found = kubernetes(tmp_path, files)
    assert [place.symbol for place in found.remote] == ["chart redis"]
    assert [item.name for item in found.of("Service")] == ["api-81-G"]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a{{- /* x */ -}} b", "ab"),
        ("{{ $x := 1 }}{{ if eq $x 1 }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        ('{{ printf "%s-%03d" "a" 7 | upper | quote }}', '"A-007"'),
        ("{{ range until 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ end }}", "02"),
        ('{{ (dict "a" (list 1 2)).a | last }}', "2"),
        ("{{ with .Values.none }}x{{ else }}y{{ end }}", "y"),
        ("{{ if and .Values.a (not .Values.b) }}x{{ else if .Values.b }}z{{ end }}", ""),
        ('{{ ternary `t` `f` (gt 3 2) }}{{ coalesce nil "" 0 "c" }}', "tc"),
        ('{{ "a}}b" }}', "a}}b"),
    ],
)
def test_template_language(text: str, made: str) -> None:
    assert render(text) == made


@pytest.mark.parametrize(
    "text",
    [
        '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
        "{{ range until 1000 }}{{ range until 1000 }}x{{ end }}{{ end }}",
        "{{ if .x }}",
        "{{ end }}",
        "{{ if true }}" * 100,
        '{{ fail "no" }}',
        "{{ " + "(" * 200 + "1" + ")" * 200 + " }}",
    ],
)
def test_what_is_given_up(text: str) -> None:
    with pytest.raises(TemplateError):
        render(text)
