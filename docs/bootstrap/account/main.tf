# What CI needs in each account of alerts.config.ts: the role that deploys and the role that plans. Applied once in each, by a
# person, after ../main.tf: AWS refuses to trust a role that is not there.

terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

variable "account" {
  description = "Name of the account in alerts.config.ts."
  type        = string
}

variable "state_account_id" {
  description = "ID of the account that holds the state."
  type        = string
}

variable "region" {
  description = "Any region: roles belong to none."
  type        = string
  default     = "us-east-1"
}

variable "name_prefix" {
  description = "The namePrefix of alerts.config.ts, where there is one."
  type        = string
  default     = ""
}

variable "kms_key_arn" {
  description = "The kmsKeyArn of alerts.config.ts, where there is one."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "The permissionsBoundaryArn of alerts.config.ts, where there is one."
  type        = string
  default     = null
}

variable "vpc" {
  description = "Whether a cluster of the account has vpc."
  type        = bool
  default     = false
}

variable "person_arn" {
  description = "A role or user of yours that may assume both roles as well, for the doctor, test alerts and plans by hand."
  type        = string
  default     = null
}

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "this" {}

locals {
  policies = "${path.module}/../../policies"
  deploy = toset(concat(
    ["deploy"],
    var.kms_key_arn == null ? [] : ["deploy-kms"],
    var.permissions_boundary_arn == null ? [] : ["deploy-boundary"],
    var.vpc ? ["deploy-vpc"] : [],
    var.person_arn == null ? [] : ["doctor"],
  ))
  plan = toset(concat(["plan"], var.kms_key_arn == null ? [] : ["plan-kms"]))
  named = {
    for name in setunion(local.deploy, local.plan) : name => replace(replace(file("${local.policies}/${name}.json"),
      "ecs-alerts", "${var.name_prefix}ecs-alerts"),
    "alarm:ecs/", "alarm:${var.name_prefix}ecs/")
  }
  documents = {
    for name, policy in local.named : name => replace(replace(replace(policy,
      "ACCOUNT_ID", data.aws_caller_identity.this.account_id),
      "KMS_KEY_ARN", coalesce(var.kms_key_arn, "none")),
    "BOUNDARY_ARN", coalesce(var.permissions_boundary_arn, "none"))
  }
  trust  = file("${local.policies}/account-trust.json")
  github = "arn:aws:iam::${var.state_account_id}:role/github-ecs-alerts"
}

resource "aws_iam_role" "deploy" {
  name        = "deploy-ecs-alerts"
  description = "Deploys cdktf-ecs-alerts."
  assume_role_policy = replace(local.trust, "\"GITHUB_ROLE_ARN\"",
  jsonencode(compact(["${local.github}-deploy-${var.account}", var.person_arn])))
}

resource "aws_iam_role_policy" "deploy" {
  for_each = local.deploy
  name     = each.key
  role     = aws_iam_role.deploy.name
  policy   = local.documents[each.key]
}

resource "aws_iam_role" "plan" {
  name               = "plan-ecs-alerts"
  description        = "Plans cdktf-ecs-alerts: reads what is deployed."
  assume_role_policy = replace(local.trust, "\"GITHUB_ROLE_ARN\"", jsonencode(compact(["${local.github}-plan", var.person_arn])))
}

resource "aws_iam_role_policy" "plan" {
  for_each = local.plan
  name     = each.key
  role     = aws_iam_role.plan.name
  policy   = local.documents[each.key]
}

output "deployRoleArn" {
  description = "For the account in alerts.config.ts."
  value       = aws_iam_role.deploy.arn
}
