"""A hardened workload to start from, and what to change in it."""

from __future__ import annotations

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      topologySpreadConstraints: [{topologyKey: kubernetes.io/hostname, maxSkew: 1, whenUnsatisfiable: DoNotSchedule}]
      containers:
      - name: app
        image: ghcr.io/acme/web:1.4.2
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
        livenessProbe: {httpGet: {path: /live, port: 8080}}
        readinessProbe: {httpGet: {path: /ready, port: 8080}}
"""
BUDGET = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
"""
SCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 2, maxReplicas: 5}
"""


def cluster(*texts: str) -> dict[str, str]:
    """The workload and more objects as one manifest."""
    return {"k8s/all.yaml": "---\n".join((DEPLOYMENT, *texts))}


def without(*lines: str) -> dict[str, str]:
    """The workload without the lines that hold one of these texts."""
    kept = [line for line in DEPLOYMENT.splitlines() if not any(text in line for text in lines)]
    return {"k8s/all.yaml": "\n".join(kept) + "\n"}


def changed(old: str, new: str) -> dict[str, str]:
    """The workload with a text put for another."""
    assert old in DEPLOYMENT
    return {"k8s/all.yaml": DEPLOYMENT.replace(old, new)}
