"""The modules of terraform-google-modules: what each makes, with its documented defaults."""

from __future__ import annotations

from collections.abc import Mapping

from gonogo.facts.resources import ModuleCall, as_tuple, truth
from gonogo.tools.terraform.made import Made, Maker, make, make_bare, named_objects, nothing, one


def _gke(m: ModuleCall) -> Made:
    private = truth(m.get("enable_private_endpoint", False))
    networks = tuple({"cidr_blocks": (item,)} for item in as_tuple(m.get("master_authorized_networks")))
    config = {"enable_private_endpoint": private, "enable_private_nodes": m.get("enable_private_nodes", False)}
    values = {"private_cluster_config": (config,), "master_authorized_networks_config": networks}
    yield make(m, "google_container_cluster", defaults={"deletion_protection": True}, values=values)
    for name, pool in named_objects(m.get("node_pools")):
        yield make_bare(m, "google_container_node_pool", str(pool.get("name", name)), pool)


def _google_sql(m: ModuleCall) -> Made:
    backup = m.get("backup_configuration", {"enabled": False})
    address = {
        "ipv4_enabled": True,
        **(m.get("ip_configuration", {}) if isinstance(m.get("ip_configuration"), Mapping) else {}),
    }
    settings = {
        "backup_configuration": as_tuple(backup),
        "ip_configuration": (address,),
        "availability_type": m.get("availability_type", "ZONAL"),
        "tier": m.get("tier", ""),
    }
    names = {"settings.backup_configuration": "backup_configuration", "settings.ip_configuration": "ip_configuration"}
    defaults = {"deletion_protection": True}
    yield make(m, "google_sql_database_instance", defaults=defaults, renamed=names, values={"settings": (settings,)})


MODULES: dict[str, Maker] = {
    "kubernetes-engine": _gke,
    "kubernetes-engine//modules/workload-identity": one("google_service_account"),
    "network": one("google_compute_network"),
    "cloud-nat": one("google_compute_router_nat"),
    "cloud-router": nothing,
    "memorystore": one("google_redis_instance"),
    "sql-db//modules/postgresql": _google_sql,
    "sql-db//modules/mysql": _google_sql,
    "project-factory//modules/project_services": nothing,
    "gcloud": nothing,
    "service-accounts": one("google_service_account"),
    "bastion-host": one("google_compute_instance"),
}
