"""What the terraform tool resolves, for the environment that is audited."""

from __future__ import annotations

from pathlib import Path

from gonogo.facts.kinds import Kind
from gonogo.facts.resources import Resource, Unknown
from gonogo.facts.terraform import Terraform
from tests.asking import read

PROVIDER = 'provider "aws" {\n  region = "eu-west-1"\n}\n'


def terraform(folder: Path, files: dict[str, str], environment: str = "production") -> Terraform:
    return read(files, folder, environment=environment).terraform


def one(found: Terraform, address: str) -> Resource:
    resource = found.find(address)
    assert resource is not None, [r.address for r in found.all_resources]
    return resource


def test_variables_locals_and_conditions_have_the_value_of_the_audited_environment(tmp_path: Path) -> None:
    main = """
    variable "environment" { default = "dev" }
    variable "size" { default = 1 }
    locals { production = var.environment == "prod" }
    resource "aws_db_instance" "main" {
      deletion_protection = local.production
      multi_az            = local.production && var.size > 1 ? true : false
      identifier          = "db-${var.environment}"
      password            = var.secret
      backup_retention_period = var.absent == "x" ? 1 : 0
    }
    variable "secret" {}
    """
    db = one(terraform(tmp_path, {"main.tf": main, "prod.tfvars": "size = 2"}), "aws_db_instance.main")
    assert db.get("deletion_protection") is True
    assert db.get("multi_az") is True
    assert db.get("identifier") == "db-prod"
    assert isinstance(db.get("password"), Unknown)
    assert db.truth("backup_retention_period") is None
    assert db.kind == Kind.DATABASE and db.provider == "AWS"
    assert db.place("multi_az").line == 7


def test_tfvars_of_another_environment_do_not_count(tmp_path: Path) -> None:
    files = {"main.tf": 'variable "n" { default = 1 }\nresource "aws_x" "a" { n = var.n }', "dev.tfvars": "n = 9"}
    assert one(terraform(tmp_path, files), "aws_x.a").get("n") == 1
    assert one(terraform(tmp_path / "dev", files, "dev"), "aws_x.a").get("n") == 9


def test_what_is_switched_off_is_dormant_and_what_is_unknown_may_exist(tmp_path: Path) -> None:
    main = """
    variable "on" { default = false }
    variable "open" { type = bool }
    resource "aws_cloudtrail" "off" { count = var.on ? 1 : 0 }
    resource "aws_cloudtrail" "maybe" { count = var.open ? 1 : 0 }
    resource "aws_s3_bucket" "none" { for_each = toset([]) }
    resource "aws_s3_bucket" "two" {
      for_each = { a = "x", b = "y" }
      bucket   = each.value
    }
    """
    found = terraform(tmp_path, {"main.tf": main})
    assert [r.address for r in found.resources("aws_cloudtrail")] == ["aws_cloudtrail.maybe"]
    assert one(found, "aws_cloudtrail.maybe").exists is None
    assert len(found.resources("aws_cloudtrail", dormant=True)) == 2
    assert [r.get("bucket") for r in found.resources(Kind.BUCKET)] == ["x", "y"]


def test_local_modules_are_expanded_with_their_inputs_and_outputs(tmp_path: Path) -> None:
    files = {
        "main.tf": PROVIDER
        + 'module "db" {\n  source = "./modules/db"\n  protect = true\n}\n'
        + 'resource "aws_backup_selection" "s" { resources = [module.db.arn] }',
        "modules/db/main.tf": 'variable "protect" {}\nvariable "days" { default = 7 }\n'
        'resource "aws_db_instance" "x" {\n deletion_protection = var.protect\n backup_retention_period = var.days\n}\n'
        'output "arn" { value = aws_db_instance.x.arn }',
        "modules/unused/main.tf": 'resource "aws_db_instance" "ghost" {}',
    }
    found = terraform(tmp_path, files)
    db = one(found, "module.db.aws_db_instance.x")
    assert (db.get("deletion_protection"), db.get("backup_retention_period")) == (True, 7)
    assert one(found, "aws_backup_selection.s").refers_to(db)
    assert found.module_folders == ("modules/db", "modules/unused")
    assert [root.path for root in found.roots] == [""]


def test_a_count_of_a_module_counts_for_what_is_in_it(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "db" {\n  source = "./db"\n  count = 0\n}',
        "db/main.tf": 'resource "aws_db_instance" "x" {}',
    }
    assert terraform(tmp_path, files).resources() == ()


def test_known_registry_modules_become_resources_with_their_defaults(tmp_path: Path) -> None:
    main = """
    module "eks" {
      source  = "terraform-aws-modules/eks/aws"
      version = "~> 20.0"
      cluster_endpoint_public_access = true
      eks_managed_node_groups = { main = { min_size = 2 } }
    }
    module "other" { source = "acme/thing/aws" }
    """
    found = terraform(tmp_path, {"main.tf": main})
    (cluster,) = found.resources("aws_eks_cluster")
    assert cluster.get("vpc_config.public_access_cidrs") == ("0.0.0.0/0",)
    assert cluster.place("vpc_config.endpoint_public_access").line == 5
    (nodes,) = found.resources("aws_eks_node_group")
    assert nodes.get("metadata_options.http_tokens") == "required"
    assert nodes.get("scaling_config.min_size") == 2
    assert [m.source for m in found.modules() if m.opaque] == ["acme/thing/aws"]


def test_roots_of_another_environment_are_known_but_not_audited(tmp_path: Path) -> None:
    files = {f"env/{e}/main.tf": PROVIDER + f'resource "aws_x" "{e}" {{}}' for e in ("dev", "prod")}
    found = terraform(tmp_path, files)
    assert [r.name for r in found.resources()] == ["prod"]
    assert [r.name for r in found.all_resources] == ["dev", "prod"]
    assert [root.audited for root in found.roots] == [False, True]


def test_backends_count_unless_they_are_commented_out(tmp_path: Path) -> None:
    commented = 'terraform {\n  # backend "s3" {\n  #   bucket = "x"\n  # }\n}\nresource "aws_x" "a" {}'
    found = terraform(tmp_path / "1", {"main.tf": commented})
    assert found.roots[0].backend is None
    assert [(c.what, c.at.line) for c in found.commented] == [('backend "s3"', 2)]
    plain = 'terraform {\n  backend "s3" { use_lockfile = true }\n}\nresource "aws_x" "a" {}'
    backend = terraform(tmp_path / "2", {"main.tf": plain}).roots[0].backend
    assert backend is not None and backend.type == "s3" and backend.attributes["use_lockfile"] is True


def test_nested_and_dynamic_blocks(tmp_path: Path) -> None:
    main = """
    resource "aws_security_group" "s" {
      ingress { from_port = 22 }
      dynamic "ingress" {
        for_each = [80, 443]
        content { from_port = ingress.value }
      }
    }
    """
    group = one(terraform(tmp_path, {"main.tf": main}), "aws_security_group.s")
    assert [block["from_port"] for block in group.blocks("ingress")] == [22, 80, 443]
    assert group.place("ingress.0.from_port").line == 3


def test_policies_keep_what_is_known_of_them(tmp_path: Path) -> None:
    main = """
    resource "aws_iam_policy" "p" {
      policy = jsonencode({
        Statement = [{
          Action   = ["s3:*"]
          Resource = "${aws_s3_bucket.b.arn}/*"
        }]
      })
    }
    """
    policy = one(terraform(tmp_path, {"main.tf": main}), "aws_iam_policy.p")
    statement = policy.get("policy.Statement.0")
    assert statement["Action"] == ("s3:*",)
    assert str(statement["Resource"]) == "${aws_s3_bucket.b.arn}/*"
    assert policy.references() == {"aws_s3_bucket.b"}
    assert policy.place("policy.Statement.0.Action").line == 5


def test_the_json_form_is_read_too(tmp_path: Path) -> None:
    main = '{"variable": {"n": {"default": 3}},\n "resource": {"aws_x": {"a": {"n": "${var.n}", "s": "v-${var.n}"}}}}'
    found = one(terraform(tmp_path, {"main.tf.json": main}), "aws_x.a")
    assert (found.get("n"), found.get("s")) == (3, "v-3")


def test_terragrunt_units_run_folders_with_their_inputs_and_state(tmp_path: Path) -> None:
    files = {
        "live/root.hcl": 'remote_state {\n  backend = "s3"\n  config = { bucket = "b", dynamodb_table = "locks" }\n}',
        "live/prod/db/terragrunt.hcl": 'include "root" { path = find_in_parent_folders("root.hcl") }\n'
        'terraform { source = "../../../stacks//db" }\ninputs = { days = 30 }',
        "live/dev/db/terragrunt.hcl": 'terraform { source = "../../../stacks//db" }\ninputs = { days = 0 }',
        "stacks/db/main.tf": 'variable "days" {}\n'
        'resource "aws_db_instance" "x" { backup_retention_period = var.days }',
    }
    found = terraform(tmp_path, files)
    assert [r.get("backup_retention_period") for r in found.resources()] == [30]
    (root,) = [root for root in found.roots if root.audited]
    assert root.backend is not None and root.backend.attributes["dynamodb_table"] == "locks"


def test_broken_deep_and_exploding_files_are_said_to_be_unread_and_never_crash(tmp_path: Path) -> None:
    found = terraform(tmp_path / "1", {"main.tf": 'resource "aws_x" "a" {\n  n = = 1\n}\nresource "aws_x" "b" {}'})
    assert [u.path for u in found.unread] == ["main.tf"]
    deep = "a {\n" * 3_000 + "}\n" * 3_000
    assert terraform(tmp_path / "2", {"main.tf": deep}).unread
    doubling = 'locals {\n  a0 = "xxxxxxxxxx"\n' + "".join(
        f'  a{i + 1} = "${{local.a{i}}}${{local.a{i}}}"\n' for i in range(60)
    )
    bomb = doubling + '}\nresource "aws_x" "a" { v = local.a60 }'
    assert isinstance(one(terraform(tmp_path / "3", {"main.tf": bomb}), "aws_x.a").get("v"), Unknown)
    loop = 'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_x" "a" { v = local.a }'
    assert isinstance(one(terraform(tmp_path / "4", {"main.tf": loop}), "aws_x.a").get("v"), Unknown)
    calls = 'module "a" { source = "./a" }'
    assert terraform(tmp_path / "5", {"main.tf": calls, "a/main.tf": 'module "b" { source = "../a" }'}).all_modules


def test_a_module_that_lies_elsewhere_is_a_broken_reference_and_read_all_the_same(tmp_path: Path) -> None:
    call = PROVIDER + 'module "db" {\n  source = "./modules/db"\n  protect = true\n}\n'
    database = 'variable "protect" {}\nresource "aws_db_instance" "x" { deletion_protection = var.protect }\n'
    found = terraform(tmp_path, {"tf/environments/aws/main.tf": call, "tf/modules/db/main.tf": database})
    assert one(found, "module.db.aws_db_instance.x").get("deletion_protection") is True
    assert not any(module.opaque for module in found.all_modules)
    assert [(w.what, w.at.line, w.missing) for w in found.wrong] == [
        ("module db is taken from ./modules/db, and tf/environments/aws/modules/db does not exist", 4, True)
    ]


def test_a_module_that_may_lie_in_two_places_stays_unseen(tmp_path: Path) -> None:
    files = {
        "live/main.tf": 'module "db" { source = "./modules/db" }',
        "a/modules/db/main.tf": 'resource "aws_db_instance" "x" {}',
        "b/modules/db/main.tf": 'resource "aws_db_instance" "x" {}',
    }
    found = terraform(tmp_path, files)
    assert [module.opaque for module in found.all_modules] == [True]
    assert found.resources() == ()
