"""API versions that Kubernetes has removed or deprecated, from its deprecation guide."""

from __future__ import annotations

_REMOVED: dict[str, tuple[str, dict[str, str]]] = {
    "extensions/v1beta1": ("1.16", {"Ingress": "1.22"}),
    "apps/v1beta1": ("1.16", {}),
    "apps/v1beta2": ("1.16", {}),
    "admissionregistration.k8s.io/v1beta1": ("1.22", {}),
    "apiextensions.k8s.io/v1beta1": ("1.22", {}),
    "apiregistration.k8s.io/v1beta1": ("1.22", {}),
    "authentication.k8s.io/v1beta1": ("1.22", {}),
    "authorization.k8s.io/v1beta1": ("1.22", {}),
    "autoscaling/v2beta1": ("1.25", {}),
    "autoscaling/v2beta2": ("1.26", {}),
    "batch/v1beta1": ("1.25", {}),
    "batch/v2alpha1": ("1.21", {}),
    "certificates.k8s.io/v1beta1": ("1.22", {}),
    "coordination.k8s.io/v1beta1": ("1.22", {}),
    "discovery.k8s.io/v1beta1": ("1.25", {}),
    "events.k8s.io/v1beta1": ("1.25", {}),
    "flowcontrol.apiserver.k8s.io/v1alpha1": ("1.21", {}),
    "flowcontrol.apiserver.k8s.io/v1beta1": ("1.26", {}),
    "flowcontrol.apiserver.k8s.io/v1beta2": ("1.29", {}),
    "flowcontrol.apiserver.k8s.io/v1beta3": ("1.32", {}),
    "networking.k8s.io/v1beta1": ("1.22", {}),
    "node.k8s.io/v1beta1": ("1.25", {}),
    "policy/v1beta1": ("1.25", {}),
    "rbac.authorization.k8s.io/v1alpha1": ("1.22", {}),
    "rbac.authorization.k8s.io/v1beta1": ("1.22", {}),
    "scheduling.k8s.io/v1alpha1": ("1.17", {}),
    "scheduling.k8s.io/v1beta1": ("1.22", {}),
    "settings.k8s.io/v1alpha1": ("1.20", {}),
    "storage.k8s.io/v1beta1": ("1.22", {"CSIStorageCapacity": "1.27", "VolumeAttributesClass": ""}),
    "certmanager.k8s.io/v1alpha1": ("", {}),
    "cert-manager.io/v1alpha2": ("", {}),
    "cert-manager.io/v1alpha3": ("", {}),
    "cert-manager.io/v1beta1": ("", {}),
}


def removed(api_version: str, kind: str) -> str:
    """What became of an API version, in words; empty where it is current."""
    known = _REMOVED.get(api_version)
    if known is None:
        return ""
    release, exceptions = known
    if kind in exceptions:
        release = exceptions[kind]
        if not release:
            return ""
    if not release:
        return "which cert-manager has removed"
    return f"which Kubernetes {release} removed"
