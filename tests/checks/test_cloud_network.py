"""Zones and cost of cloud networks."""

from __future__ import annotations

import pytest

from tests.asking import status

VPC = 'resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n'


def subnet(name: str, zone: str) -> str:
    """A subnet in a zone."""
    return (
        f'resource "aws_subnet" "{name}" {{\n  vpc_id = aws_vpc.main.id\n  cidr_block = "10.0.1.0/24"\n'
        f'  availability_zone = "{zone}"\n}}\n'
    )


TWO_ZONES = VPC + subnet("a", "eu-west-1a") + subnet("b", "eu-west-1b")
COUNTED = (
    VPC
    + """
data "aws_availability_zones" "available" {}
resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = data.aws_availability_zones.available.names[count.index]
}
"""
)
NAT = """
resource "aws_nat_gateway" "one" {
  allocation_id = "eipalloc-1"
  subnet_id     = aws_subnet.a.id
}
"""
NAT_EACH = NAT + NAT.replace('"one"', '"two"').replace("subnet.a", "subnet.b")
ENDPOINT = """
resource "aws_vpc_endpoint" "s3" {
  vpc_id       = aws_vpc.main.id
  service_name = "com.amazonaws.eu-west-1.s3"
}
"""
MODULE = """
variable "environment" {
  default = "dev"
}
data "aws_availability_zones" "available" {}
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "~> 5.0"
  name    = "main"
  cidr    = "10.0.0.0/16"
  azs             = slice(data.aws_availability_zones.available.names, 0, 2)
  private_subnets = ["10.0.1.0/24", "10.0.2.0/24"]
  public_subnets  = ["10.0.101.0/24", "10.0.102.0/24"]
  enable_nat_gateway     = true
  single_nat_gateway     = var.environment != "production"
  one_nat_gateway_per_az = var.environment == "production"
}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TWO_ZONES, "pass"),
        (COUNTED, "pass"),
        (VPC + subnet("a", "eu-west-1a") + subnet("b", "eu-west-1a"), "fail"),
        (TWO_ZONES + NAT, "fail"),
        (TWO_ZONES + NAT_EACH, "pass"),
        (MODULE, "pass"),
        ('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n', "not_applicable"),
    ],
    ids=["two zones", "counted", "one zone", "one NAT", "NAT each", "module", "no network"],
)
def test_the_network_spans_zones(text: str, expected: str) -> None:
    assert status("multi-az-network", {"main.tf": text}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TWO_ZONES + NAT_EACH, "fail"),
        (TWO_ZONES + NAT_EACH + ENDPOINT, "pass"),
        (TWO_ZONES + NAT, "pass"),
        (MODULE, "pass"),
        (TWO_ZONES, "unverified"),
        ('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n', "not_applicable"),
    ],
    ids=["NAT each", "endpoint", "one NAT", "by environment", "no NAT", "no network"],
)
def test_network_cost_is_kept_in_hand(text: str, expected: str) -> None:
    assert status("network-cost", {"main.tf": text}) == expected
