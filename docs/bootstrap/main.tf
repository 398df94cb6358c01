# What CI needs in the account that holds the state: the bucket, GitHub as an identity provider, the roles that GitHub
# assumes. Applied once by a person; docs/deploying.md says how. Its own state is the file terraform.tfstate beside it.

terraform {
  required_version = ">= 1.10"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

variable "region" {
  description = "Region of the bucket, as in s3State of alerts.config.ts."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket, as in s3State of alerts.config.ts."
  type        = string
}

variable "repository" {
  description = "The repository as GitHub names it in a token: OWNER@OWNER_ID/NAME@ID, before July 2026 OWNER/NAME."
  type        = string
}

variable "accounts" {
  description = "The accounts of alerts.config.ts: their IDs by name. Environments on GitHub have the same names."
  type        = map(string)

  validation {
    # What deploys one may write the state of stacks whose names begin so.
    condition = alltrue(flatten([
      for one in keys(var.accounts) : [for other in keys(var.accounts) : !startswith(other, "${one}-")]
    ]))
    error_message = "No name of an account may begin with another one and a dash: prod-eu beside prod."
  }
}

provider "aws" {
  region = var.region
}

data "aws_caller_identity" "this" {}

locals {
  policies = "${path.module}/../policies"
}

resource "aws_s3_bucket" "state" {
  bucket = var.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "state" {
  bucket     = aws_s3_bucket.state.id
  policy     = replace(file("${local.policies}/state-bucket.json"), "STATE_BUCKET", aws_s3_bucket.state.id)
  depends_on = [aws_s3_bucket_public_access_block.state]
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = 90
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "plan" {
  name        = "github-ecs-alerts-plan"
  description = "Pull requests and main: reads the state, plans in each account."
  assume_role_policy = replace(replace(file("${local.policies}/github-plan-trust.json"),
    "ACCOUNT_ID", data.aws_caller_identity.this.account_id),
  "REPOSITORY", var.repository)

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "plan" {
  name   = "plan"
  role   = aws_iam_role.plan.name
  policy = replace(file("${local.policies}/github-plan.json"), "STATE_BUCKET", var.bucket)
}

# One for each account: an environment that nobody has to approve cannot reach an account that somebody has to.
resource "aws_iam_role" "deploy" {
  for_each    = var.accounts
  name        = "github-ecs-alerts-deploy-${each.key}"
  description = "Environment ${each.key}: writes its state, deploys in its account."
  assume_role_policy = replace(replace(replace(file("${local.policies}/github-deploy-trust.json"),
    "ACCOUNT_ID", data.aws_caller_identity.this.account_id),
    "REPOSITORY", var.repository),
  "ENVIRONMENT", each.key)

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "deploy" {
  for_each = var.accounts
  name     = "deploy"
  role     = aws_iam_role.deploy[each.key].name
  policy = replace(replace(replace(file("${local.policies}/github-deploy.json"),
    "STATE_BUCKET", var.bucket),
    "ENVIRONMENT", each.key),
  "ACCOUNT_ID", each.value)
}

output "AWS_PLAN_ROLE_ARN" {
  description = "Variable of the repository."
  value       = aws_iam_role.plan.arn
}

output "AWS_DEPLOY_ROLE_ARN" {
  description = "Variable of each environment."
  value       = { for name, role in aws_iam_role.deploy : name => role.arn }
}
