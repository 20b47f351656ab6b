/** What becomes of an ordinary stack: moved as a whole, left as it is, or refused at these places. */
export type Outcome = 'moved' | 'same' | readonly string[];

export interface OrdinaryStack {
  readonly name: string;
  readonly outcome: Outcome;
  /** By their path from the tree's root. */
  readonly files: Readonly<Record<string, string>>;
}

const host = 'registry.viktorbarzin.me';

/** @param more further files, below the stack's folder or, with a leading slash, below the tree's root */
const stack = (
  name: string,
  outcome: Outcome,
  main: string,
  more: Readonly<Record<string, string>> = {},
): OrdinaryStack => ({
  name,
  outcome,
  files: Object.fromEntries(
    Object.entries({ 'main.tf': main, ...more }).map(([path, text]) => [
      path.startsWith('/') ? path.slice(1) : `stacks/x/${path}`,
      text,
    ]),
  ),
});

const template = (name: string, outcome: Outcome, given: string, text: string): OrdinaryStack =>
  stack(
    `a template: ${name}`,
    outcome,
    `locals {\n  c = templatefile("\${path.module}/a.tpl", ${given})\n}\n`,
    { 'a.tpl': text },
  );

const pod = (image: string): string =>
  `resource "kubernetes_pod" "p" {\n  spec {\n    container {\n      image = ${image}\n    }\n  }\n}\n`;

const given = '{ image = "acme/side:v4" }';

/** Stacks as homelabs have them, with two images of ours: `app`, whose tag an expression gives, and `side:v4`. */
export const ordinaryStacks: readonly OrdinaryStack[] = [
  stack(
    'manifest yamldecode',
    'moved',
    `resource "kubernetes_manifest" "w" {
  manifest = yamldecode(<<-YAML
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: w
      namespace: \${kubernetes_namespace.x.metadata[0].name}
    spec:
      template:
        spec:
          containers:
          - name: w
            image: ${host}/app:\${var.t}
            env:
            - { name: SIDE, value: "acme/side:v4" }
  YAML
  )
}
`,
  ),
  stack(
    'kubectl_manifest yaml_body',
    'moved',
    `resource "kubectl_manifest" "w" {
  yaml_body = <<YAML
apiVersion: batch/v1
kind: CronJob
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers:
          - image: 'acme/side:v4'
            name: init
          containers:
          - image: "${host}/app:\${var.image_tag}"
YAML
}
variable "image_tag" { type = string }
`,
  ),
  stack(
    'deployment full',
    'moved',
    `
variable "image_tag" {
  type    = string
  default = "latest"
}
resource "kubernetes_deployment" "w" {
  metadata {
    name      = "w"
    namespace = "x"
    labels    = { app = "w" }
  }
  spec {
    replicas = 1
    strategy { type = "Recreate" }
    selector { match_labels = { app = "w" } }
    template {
      metadata { labels = { app = "w" } }
      spec {
        image_pull_secrets { name = "registry-credentials" }
        init_container {
          name    = "migrate"
          image   = "${host}/app:\${var.image_tag}"
          command = ["alembic", "upgrade", "head"]
        }
        container {
          name              = "w"
          image             = "${host}/app:\${var.image_tag}"
          image_pull_policy = "Always"
          port { container_port = 80 }
        }
      }
    }
  }
  lifecycle {
    ignore_changes = [spec[0].template[0].spec[0].dns_config] # KYVERNO_LIFECYCLE_V1
  }
}
`,
  ),
  stack(
    'stateful set + daemon set v1',
    'moved',
    `resource "kubernetes_stateful_set_v1" "s" {
  spec {
    template {
      spec {
        container { image = "acme/side:v4" }
      }
    }
    volume_claim_template {
      metadata { name = "d" }
    }
  }
}
resource "kubernetes_daemon_set_v1" "d" {
  spec {
    template {
      spec {
        container {
	  image	= "acme/side:v4"	// tab
        }
      }
    }
  }
}
`,
  ),
  stack(
    'cron with dynamic init',
    'moved',
    `locals {
  inits = {
    a = { image = "acme/side:v4", cmd = ["x"] }
    b = { image = "busybox:1.36", cmd = ["y"] }
  }
}
resource "kubernetes_cron_job_v1" "c" {
  spec {
    job_template {
      spec {
        template {
          spec {
            dynamic "init_container" {
              for_each = local.inits
              content {
                name    = init_container.key
                image   = init_container.value.image
                command = init_container.value.cmd
              }
            }
            container {
              name  = "m"
              image = local.inits["a"].image
            }
          }
        }
      }
    }
  }
}
`,
  ),
  stack(
    'helm set list new syntax',
    'moved',
    `resource "helm_release" "h" {
  chart = "c"
  set = [
    { name = "image.tag", value = "x" },
    { name = "sidecar.image", value = "acme/side:v4" },
  ]
  set_list = [{ name = "images", value = ["acme/side:v4"] }]
}
`,
  ),
  stack(
    'helm set repository and tag separate',
    'moved',
    `resource "helm_release" "h" {
  set {
    name  = "image.repository"
    value = "${host}/app"
  }
  set {
    name  = "image.tag"
    value = var.image_tag
  }
}
variable "image_tag" {}
`,
  ),
  stack(
    'helm side repository apart from its tag',
    ['main.tf:4'],
    `resource "helm_release" "h" {
  set {
    name  = "image.repository"
    value = "acme/side"
  }
  set {
    name  = "image.tag"
    value = "v4"
  }
}
`,
  ),
  stack(
    'helm values three forms',
    ['values.tpl:2'],
    `resource "helm_release" "h" {
  values = [yamlencode({ image = { repository = "${host}/app", tag = var.t } }), file("\${path.module}/values.yaml"), templatefile("\${path.module}/values.tpl", { image = "acme/side:v4" })]
}
`,
    {
      'values.yaml': 'image:\n  repository: nginx\n',
      'values.tpl': 'sidecar: ${image}\nother: acme/side:v4\n',
    },
  ),
  stack(
    'helm values three forms fine',
    'moved',
    `resource "helm_release" "h" {
  values = [yamlencode({ image = { repository = "${host}/app", tag = var.t } }), file("\${path.module}/values.yaml"), templatefile("\${path.module}/values.tpl", { image = "acme/side:v4" })]
}
variable "t" {}
`,
    {
      'values.yaml': 'image:\n  repository: nginx\n  tag: "1"\n',
      'values.tpl': 'sidecar:\n  image: ${image}\n',
    },
  ),
  stack(
    'template splits repository and tag',
    ['values.tpl:1', 'values.tpl:2'],
    `resource "helm_release" "h" {
  values = [templatefile("\${path.module}/values.tpl", { image = "acme/side:v4" })]
}
`,
    { 'values.tpl': 'repository: ${split(":", image)[0]}\ntag: ${split(":", image)[1]}\n' },
  ),
  stack(
    'locals chain over files',
    'moved',
    `resource "kubernetes_pod" "p" {
  spec {
    container { image = local.effective }
  }
}
`,
    {
      'a.tf': 'locals {\n  effective = local.chosen\n}\n',
      'b.tf': `locals {\n  chosen = var.debug ? local.debug_image : local.normal\n}\nvariable "debug" {\n  default = false\n}\n`,
      'c.tf': `locals {\n  normal      = "acme/side:v4"\n  debug_image = "busybox:1"\n}\n`,
    },
  ),
  stack(
    'for with filter map',
    'moved',
    `locals {
  apps = {
    one = { image = "acme/side:v4", enabled = true }
    two = { image = "nginx:1", enabled = false }
  }
  enabled = { for k, v in local.apps : k => v if v.enabled }
}
resource "kubernetes_deployment_v1" "d" {
  for_each = local.enabled
  metadata { name = each.key }
  spec {
    template {
      spec {
        container {
          name  = each.key
          image = each.value.image
        }
      }
    }
  }
}
`,
  ),
  stack(
    'module for_each map of objects',
    'moved',
    `module "svc" {
  source   = "./svc"
  for_each = {
    one = { image = "acme/side:v4", port = 80 }
    two = { image = "nginx:1", port = 81 }
  }
  name  = each.key
  image = each.value.image
  port  = each.value.port
}
`,
    {
      'svc/main.tf': `variable "name" { type = string }\nvariable "image" { type = string }\nvariable "port" { type = number }\nresource "kubernetes_deployment" "d" {\n  metadata { name = var.name }\n  spec {\n    template {\n      spec {\n        container {\n          image = var.image\n          name  = var.name\n        }\n      }\n    }\n  }\n}\n`,
    },
  ),
  stack(
    'module service list object',
    'moved',
    `module "svc" {
  source   = "../../modules/svc"
  services = [
    { name = "a", image = "acme/side:v4" },
    { name = "b", image = "\${local.registry_b}:1" },
  ]
}
locals { registry_b = "ghcr.io/o/b" }
`,
    {
      '/modules/svc/main.tf': `variable "services" {\n  type = list(object({ name = string, image = string }))\n}\nresource "kubernetes_deployment" "d" {\n  for_each = { for s in var.services : s.name => s }\n  spec {\n    template {\n      spec {\n        container {\n          image = each.value.image\n          name  = each.key\n        }\n      }\n    }\n  }\n}\n`,
    },
  ),
  stack(
    'variable default overridden by inputs',
    'moved',
    `variable "image_tag" { default = "latest" }
resource "kubernetes_pod" "p" {
  spec {
    container { image = "${host}/app:\${var.image_tag}" }
  }
}
`,
    {
      'terragrunt.hcl': `include "root" {\n  path = find_in_parent_folders()\n}\ndependency "platform" {\n  config_path  = "../platform"\n  skip_outputs = true\n}\ninputs = {\n  image_tag = "4f70681d"\n}\n`,
    },
  ),
  stack(
    'image variable overridden in inputs',
    ['terragrunt.hcl:2'],
    `variable "image" { default = "nginx:1" }
resource "kubernetes_pod" "p" {
  spec {
    container { image = var.image }
  }
}
`,
    { 'terragrunt.hcl': `inputs = {\n  image = "${host}/app:v1"\n}\n` },
  ),
  stack(
    'auto.tfvars.json host only',
    ['main.tf:4'],
    `variable "registry" {}
resource "kubernetes_pod" "p" {
  spec {
    container { image = "\${var.registry}/app:1" }
  }
}
`,
    { 'z.auto.tfvars.json': `{"registry": "${host}"}` },
  ),
  stack(
    'merge lookup coalesce try',
    'moved',
    `variable "override" {
  default = {}
}
locals {
  images  = merge({ side = "acme/side:v4" }, var.override)
  picked  = lookup(local.images, "side", "nginx:1")
  other   = coalesce(try(var.override.side, null), "acme/side:v4")
}
resource "kubernetes_pod" "p" {
  spec {
    container { image = local.picked }
    container { image = local.other }
  }
}
`,
  ),
  stack(
    'format registry/name:tag',
    ['main.tf:2', 'main.tf:4'],
    `locals {
  i = format("%s/%s:%s", var.registry, "app", var.t)
}
variable "registry" { default = "${host}" }
`,
  ),
  stack(
    'conditional image',
    'moved',
    `locals {
  i = var.legacy ? "${host}/app:\${var.t}" : "ghcr.io/foo/app:\${var.t}"
}
variable "legacy" { default = true }
`,
  ),
  stack(
    'conditional host',
    ['main.tf:2'],
    `locals {
  i = "\${var.legacy ? "${host}" : "ghcr.io/foo"}/app:\${var.t}"
}
variable "legacy" { default = true }
`,
  ),
  stack('generate block of terragrunt with image', ['terragrunt.hcl:6'], `locals { z = 1 }\n`, {
    'terragrunt.hcl': `generate "extra" {\n  path      = "extra.tf"\n  if_exists = "overwrite"\n  contents  = <<EOF\nlocals {\n  extra = "acme/side:v4"\n}\nEOF\n}\n`,
  }),
  stack(
    'dependency outputs image',
    ['main.tf:4', 'terragrunt.hcl:4'],
    `variable "image" {}
resource "kubernetes_pod" "p" {
  spec {
    container { image = var.image }
  }
}
`,
    {
      'terragrunt.hcl': `dependency "img" {\n  config_path = "../img"\n}\ninputs = { image = dependency.img.outputs.image }\n`,
      '/stacks/img/terragrunt.hcl': '',
      '/stacks/img/main.tf': `output "image" {\n  value = "acme/side:v4"\n}\n`,
    },
  ),
  stack(
    'include expose image',
    ['main.tf:4', 'terragrunt.hcl:5'],
    `variable "image" {}
resource "kubernetes_pod" "p" {
  spec {
    container { image = var.image }
  }
}
`,
    {
      'terragrunt.hcl': `include "root" {\n  path   = find_in_parent_folders()\n  expose = true\n}\ninputs = { image = "\${include.root.locals.registry}/app:1" }\n`,
      '/terragrunt.hcl': `locals {\n  registry = "${host}"\n}\n`,
    },
  ),
  stack(
    'read_terragrunt_config locals',
    ['main.tf:4', 'terragrunt.hcl:4'],
    `variable "image" {}
resource "kubernetes_pod" "p" {
  spec {
    container { image = var.image }
  }
}
`,
    {
      'terragrunt.hcl': `locals {\n  common = read_terragrunt_config(find_in_parent_folders("common.hcl"))\n}\ninputs = { image = "\${local.common.locals.registry}/app:1" }\n`,
      '/common.hcl': `locals {\n  registry = "${host}"\n}\n`,
    },
  ),
  stack(
    'module source registry gets image',
    'moved',
    `module "m" {
  source  = "terraform-module/release/helm"
  version = "2.8.0"
  app = { name = "x", image = "acme/side:v4" }
}
`,
  ),
  stack(
    'module source git with // gets image',
    'moved',
    `module "m" {
  source = "git::https://github.com/foo/bar.git//modules/app?ref=v1"
  image  = "acme/side:v4"
}
`,
  ),
  stack(
    'module source double slash local',
    ['../../modules/svc/main.tf:2'],
    `module "m" {
  source = "../../modules//svc"
}
`,
    { '/modules/svc/main.tf': 'locals {\n  a = "acme/side:v4"\n}\n' },
  ),
  stack(
    'module source through git repo of the image name',
    'same',
    `module "m" {
  source = "git::ssh://git@forgejo.viktorbarzin.me/viktor/app.git//deploy?ref=v1"
}
`,
  ),
  stack(
    'providers map and alias',
    'moved',
    `provider "kubernetes" {
  alias       = "edge"
  config_path = var.kube_config_path
}
module "m" {
  source    = "./m"
  providers = { kubernetes = kubernetes.edge }
  image     = "acme/side:v4"
}
`,
    {
      'm/main.tf': `terraform {\n  required_providers {\n    kubernetes = { source = "hashicorp/kubernetes", configuration_aliases = [kubernetes.edge] }\n  }\n}\nvariable "image" {}\nresource "kubernetes_pod" "p" {\n  provider = kubernetes.edge\n  spec {\n    container { image = var.image }\n  }\n}\n`,
    },
  ),
  stack(
    'precondition postcondition',
    'moved',
    `resource "kubernetes_pod" "p" {
  spec {
    container { image = "acme/side:v4" }
  }
  lifecycle {
    precondition {
      condition     = "acme/side:v4" != ""
      error_message = "image acme/side:v4 must be set"
    }
    postcondition {
      condition     = self.spec[0].container[0].image == "acme/side:v4"
      error_message = "not the image"
    }
  }
}
`,
  ),
  stack(
    'precondition startswith host',
    ['main.tf:7'],
    `resource "kubernetes_pod" "p" {
  spec {
    container { image = "acme/side:v4" }
  }
  lifecycle {
    precondition {
      condition     = startswith(local.base_app, "${host}/")
      error_message = "only the private registry"
    }
  }
}
`,
  ),
  stack(
    'terraform_data triggers_replace',
    'moved',
    `resource "terraform_data" "img" {
  triggers_replace = ["acme/side:v4", var.t]
}
variable "t" {}
`,
  ),
  stack(
    'null_resource local-exec',
    'moved',
    `resource "null_resource" "r" {
  triggers = { image = "acme/side:v4" }
  provisioner "local-exec" {
    command     = "docker pull acme/side:v4 && docker run --rm acme/side:v4 true"
    interpreter = ["bash", "-c"]
    environment = { FOO = "bar" }
  }
}
`,
  ),
  stack(
    'destroy-time provisioner',
    ['main.tf:4'],
    `resource "null_resource" "r" {
  provisioner "local-exec" {
    when    = destroy
    command = "docker rmi acme/side:v4"
  }
}
`,
  ),
  stack(
    'check block',
    'moved',
    `check "c" {
  data "http" "h" {
    url = "https://example.org"
  }
  assert {
    condition     = local.base_side == "acme/side:v4"
    error_message = "x"
  }
}
`,
  ),
  stack(
    'import for_each',
    ['main.tf:2'],
    `import {
  for_each = { a = "acme/side:v4" }
  to       = t.n[each.key]
  id       = each.value
}
resource "t" "n" {
  for_each = { a = 1 }
}
`,
  ),
  stack(
    'ephemeral',
    'moved',
    `ephemeral "random_password" "p" {
  length = 1
}
ephemeral "vault_kv_secret_v2" "s" {
  mount = "secret"
  name  = "acme/side:v4"
}
`,
  ),
  stack(
    'ephemeral variable, write-only',
    'moved',
    `variable "t" {
  ephemeral = true
  type      = string
}
resource "x" "y" {
  image_wo         = "acme/side:v4"
  image_wo_version = 1
}
`,
  ),
  stack(
    'output and remote state consumer',
    'moved',
    `output "image" {
  value     = "acme/side:v4"
  sensitive = false
}
`,
    {
      '/stacks/y/terragrunt.hcl': '',
      '/stacks/y/main.tf': `data "terraform_remote_state" "x" {\n  backend = "pg"\n}\nlocals { i = data.terraform_remote_state.x.outputs.image }\n`,
    },
  ),
  stack(
    'override.tf image',
    'moved',
    `resource "kubernetes_pod" "p" {
  spec {
    container { image = "nginx:1" }
  }
}
`,
    {
      'override.tf': `resource "kubernetes_pod" "p" {\n  spec {\n    container { image = "acme/side:v4" }\n  }\n}\n`,
    },
  ),
  stack('.tofu file beside', ['extra.tofu:2'], `locals { q = 1 }\n`, {
    'extra.tofu': 'locals {\n  a = "acme/side:v4"\n}\n',
  }),
  stack('.tofu.json file', ['extra.tofu.json:1'], `locals { q = 1 }\n`, {
    'extra.tofu.json': '{"locals":{"a":"acme/side:v4"}}',
  }),
  stack(
    'CRLF file with heredoc',
    'moved',
    `resource "kubectl_manifest" "w" {\r\n  yaml_body = <<YAML\r\nimage: acme/side:v4\r\nYAML\r\n}\r\n`,
  ),
  stack('BOM, tabs, no newline', 'moved', `\ufefflocals {\n\ta\t=\t"acme/side:v4" /* c */\n}`),
  stack(
    'comments of three kinds beside',
    'moved',
    `locals {
  a = "acme/side:v4" # acme/side:v4
  b = "acme/side:v4" // acme/side:v4
  c = /* acme/side:v3 */ "acme/side:v4" /* acme/side:v4 */
  /* d = "acme/side:v4" */
}
`,
  ),
  stack(
    'heredoc indented with directive loop',
    ['main.tf:6'],
    `locals {
  y = <<-EOT
    containers:
    %{~ for c in ["a", "b"] ~}
    - name: \${c}
      image: acme/side:v4
    %{~ endfor ~}
  EOT
}
`,
  ),
  stack(
    'heredoc if else image',
    'moved',
    `locals {
  y = <<-EOT
    %{ if var.x }
    image: acme/side:v4
    %{ else }
    image: nginx:1
    %{ endif }
  EOT
}
variable "x" {}
`,
  ),
  stack(
    'image in annotations and labels',
    'moved',
    `resource "kubernetes_deployment" "d" {
  metadata {
    annotations = {
      "diun.enable"             = "true"
      "keel.sh/policy"          = "never"
      "example.org/base-image"  = "acme/side:v4"
    }
  }
}
`,
  ),
  stack(
    'command sh -c with pipes',
    'moved',
    `resource "kubernetes_cron_job_v1" "c" {
  spec {
    job_template {
      spec {
        template {
          spec {
            container {
              image   = "bitnami/kubectl:1.34"
              command = ["/bin/sh", "-c", <<-EOT
                set -eu
                kubectl -n x set image deploy/x x=acme/side:v4
                kubectl -n x set image deploy/y y=${host}/app:$(date +%Y)
              EOT
              ]
            }
          }
        }
      }
    }
  }
}
`,
  ),
  stack(
    'kaniko args destination',
    'moved',
    `locals {
  args = ["--destination=${host}/app:\${var.t}", "--cache-repo=${host}/app", "--context=dir:///w"]
}
variable "t" {}
`,
  ),
  stack(
    'kaniko cache repo below',
    'same',
    `locals {
  args = ["--cache-repo=${host}/cache/app"]
}
`,
  ),
  stack(
    'registry secret dockerconfigjson in app stack',
    'moved',
    `resource "kubernetes_secret" "s" {
  type = "kubernetes.io/dockerconfigjson"
  data = {
    ".dockerconfigjson" = jsonencode({
      auths = {
        "${host}" = { auth = base64encode("u:p") }
      }
    })
  }
}
resource "kubernetes_pod" "p" {
  spec {
    container { image = "acme/side:v4" }
  }
}
`,
  ),
  stack(
    'docker login in script',
    'moved',
    `resource "null_resource" "r" {
  provisioner "local-exec" {
    command = <<-EOT
      echo "$P" | docker login ${host} -u u --password-stdin
      docker pull acme/side:v4
    EOT
  }
}
`,
  ),
  stack(
    'app name as name of deployment',
    'moved',
    `locals {
  name = "app"
}
resource "kubernetes_deployment" "d" {
  metadata { name = local.name }
  spec {
    template {
      spec {
        container { image = "${host}/app:\${var.t}" }
      }
    }
  }
}
variable "t" {}
`,
  ),
  stack(
    'image with local.name at its end',
    ['main.tf:8'],
    `locals {
  name = "app"
}
resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        container { image = "${host}/\${local.name}:\${var.t}" }
      }
    }
  }
}
variable "t" {}
`,
  ),
  stack(
    'each.key in the name',
    ['main.tf:6'],
    `resource "kubernetes_deployment" "d" {
  for_each = toset(["app", "b"])
  spec {
    template {
      spec {
        container { image = "${host}/\${each.key}:1" }
      }
    }
  }
}
`,
  ),
  stack(
    'each.key in the name, others',
    'same',
    `resource "kubernetes_deployment" "d" {
  for_each = toset(["b", "c"])
  spec {
    template {
      spec {
        container { image = "${host}/\${each.key}:1" }
      }
    }
  }
}
`,
  ),
  stack(
    'third-party images from variables with default',
    'same',
    `variable "pg_version" { default = "16" }
resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        container { image = "postgres:\${var.pg_version}" }
        container { image = "\${local.mirror}/library/redis:7" }
      }
    }
  }
}
locals { mirror = "docker.io" }
`,
  ),
  stack(
    'data vault image tag',
    'moved',
    `data "vault_kv_secret_v2" "s" {
  mount = "secret"
  name  = "x"
}
resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        container { image = "${host}/app:\${data.vault_kv_secret_v2.s.data["tag"]}" }
      }
    }
  }
}
`,
  ),
  stack(
    'helm image pullPolicy etc with image object',
    'same',
    `resource "helm_release" "h" {
  values = [yamlencode({ image = { pullPolicy = "Always" }, initImage = var.init })]
}
variable "init" {
  type = object({ repo = string })
}
`,
  ),
  stack(
    'image = var.image without value (third party)',
    'same',
    `variable "grafana_image" {
  type        = string
  description = "set by CI"
  default     = "grafana/grafana:11"
}
resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        container { image = var.grafana_image }
      }
    }
  }
}
`,
  ),
  stack(
    'files binary and big',
    'moved',
    `locals {
  i = "acme/side:v4"
  c = filebase64("\${path.module}/files/logo.png")
}
`,
    { 'files/logo.png': '\0PNG acme/side:v4 \0' },
  ),
  stack(
    'file with unknown path of known folder',
    'moved',
    `resource "kubernetes_config_map" "c" {
  data = { a = file("\${path.root}/secrets/\${var.name}.pem") }
}
variable "name" {}
locals { i = "acme/side:v4" }
`,
    { 'secrets/a.pem': 'x' },
  ),
  stack(
    'tls module with outside file',
    'moved',
    `module "tls_secret" {
  source          = "../../modules/kubernetes/setup_tls_secret"
  namespace       = "x"
  tls_secret_name = var.tls_secret_name
}
variable "tls_secret_name" {}
locals { i = "acme/side:v4" }
`,
    {
      '/modules/kubernetes/setup_tls_secret/main.tf':
        'variable "namespace" {}\nvariable "tls_secret_name" {}\nvariable "crt" {\n  default = ""\n}\nresource "kubernetes_secret" "s" {\n  data = {\n    "tls.crt" = file("${path.root}/secrets/fullchain.pem")\n  }\n}\n',
      'secrets/fullchain.pem': 'x',
    },
  ),
  stack(
    'heredoc loop proper',
    'moved',
    `locals {
  y = <<-EOT
    containers:
    %{ for c in ["a", "b"] ~}
    - name: \${c}
      image: acme/side:v4
    %{ endfor ~}
  EOT
}
`,
  ),
  stack(
    'heredoc shorter and longer',
    'moved',
    `locals {
  y = <<-EOT
    a: acme/side:v4
    b: ${host}/app:\${var.t}
    c: acme/side:v4
  EOT
  z = ["${host}/app:\${var.t} acme/side:v4 ${host}/app:\${var.t}"]
}
`,
  ),
  stack(
    'optional() attributes and object default',
    'moved',
    `module "svc" {
  source = "./svc"
  config = { image = "acme/side:v4" }
}
`,
    {
      'svc/main.tf': `variable "config" {\n  type = object({ image = string, tag = optional(string, "latest") })\n}\n${pod('var.config.image')}`,
    },
  ),
  stack(
    'module var object with each',
    'moved',
    `locals {
  workloads = {
    a = { image = "acme/side:v4", replicas = 1 }
  }
}
module "svc" {
  source    = "./svc"
  workloads = local.workloads
}
`,
    {
      'svc/main.tf': `variable "workloads" { type = map(object({ image = string, replicas = number })) }\nresource "kubernetes_deployment" "d" {\n  for_each = var.workloads\n  spec {\n    template {\n      spec {\n        container {\n          name  = each.key\n          image = each.value.image\n        }\n      }\n    }\n  }\n}\n`,
    },
  ),
  stack(
    'module list by name key',
    'moved',
    `module "svc" {
  source   = "./svc"
  services = [{ name = "a", image = "acme/side:v4" }]
}
`,
    {
      'svc/main.tf': `variable "services" { type = list(object({ name = string, image = string })) }\nresource "kubernetes_deployment" "d" {\n  for_each = { for s in var.services : s.name => s }\n  spec {\n    template {\n      spec {\n        container {\n          image = each.value.image\n        }\n      }\n    }\n  }\n}\n`,
    },
  ),
  stack(
    'locals list by name key',
    'moved',
    `locals {
  services = [{ name = "a", image = "acme/side:v4" }]
  by_name  = { for s in local.services : s.name => s }
}
resource "kubernetes_deployment" "d" {
  for_each = local.by_name
  spec {
    template {
      spec {
        container {
          image = each.value.image
        }
      }
    }
  }
}
`,
  ),
  stack(
    'for_each merge of maps',
    'moved',
    `resource "kubernetes_deployment" "d" {
  for_each = merge({ a = { image = "acme/side:v4" } }, { b = { image = "nginx:1" } })
  spec {
    template {
      spec {
        container {
          image = each.value.image
        }
      }
    }
  }
}
`,
  ),
  stack(
    'for_each conditional map',
    'moved',
    `resource "kubernetes_deployment" "d" {
  for_each = var.on ? { a = { image = "acme/side:v4" } } : {}
  spec {
    template {
      spec {
        container {
          image = each.value.image
        }
      }
    }
  }
}
variable "on" {
  default = true
}
`,
  ),
  stack(
    'toset of names, image by lookup',
    'moved',
    `locals { images = { a = "acme/side:v4", b = "nginx:1" } }
resource "kubernetes_deployment" "d" {
  for_each = toset(keys(local.images))
  spec {
    template {
      spec {
        container {
          image = local.images[each.key]
        }
      }
    }
  }
}
`,
  ),
  stack(
    'count with element',
    'moved',
    `locals { images = ["acme/side:v4", "nginx:1"] }
resource "kubernetes_pod" "p" {
  count = length(local.images)
  spec {
    container { image = element(local.images, count.index) }
    container { image = local.images[count.index] }
  }
}
`,
  ),
  stack(
    'nested for flatten setproduct',
    'moved',
    `locals {
  envs   = ["dev", "prod"]
  images = { side = "acme/side:v4" }
  pairs  = flatten([for e in local.envs : [for n, i in local.images : { key = "\${e}-\${n}", image = i }]])
}
resource "kubernetes_pod" "p" {
  for_each = { for p in local.pairs : p.key => p }
  spec {
    container { image = each.value.image }
  }
}
`,
  ),
  stack(
    'splat',
    'moved',
    `locals {
  cs     = [{ image = "acme/side:v4" }]
  images = local.cs[*].image
}
${pod('local.images[0]')}`,
  ),
  stack(
    'module output image',
    'same',
    `module "img" {
  source = "./img"
}
${pod('module.img.image')}`,
    { 'img/main.tf': 'output "image" {\n  value = "nginx:1"\n}\n' },
  ),
  stack(
    'module output with our image',
    ['img/main.tf:2'],
    `module "img" {
  source = "./img"
}
${pod('module.img.image')}`,
    { 'img/main.tf': 'output "image" {\n  value = "acme/side:v4"\n}\n' },
  ),
  stack(
    'image of a kubernetes data source by lookup',
    ['main.tf:7'],
    `data "kubernetes_resource" "d" {
  kind = "Deployment"
}
${pod('data.kubernetes_resource.d.object.spec.template.spec.containers[0].image')}`,
  ),
  stack(
    'variable in tfvars of root (config.tfvars) third party',
    'same',
    `variable "redis_image" {}
${pod('var.redis_image')}`,
    { '/config.tfvars': 'redis_image = "redis:7"\npublic_ip = "1.2.3.4"\n' },
  ),
  stack(
    'variable nullable with coalesce',
    'moved',
    `variable "image" {
  type    = string
  default = null
}
${pod('coalesce(var.image, "acme/side:v4")')}`,
  ),
  stack(
    'try on variable object',
    'moved',
    `variable "o" {
  type    = any
  default = {}
}
${pod('try(var.o.image, "acme/side:v4")')}`,
  ),
  stack(
    'empty string means default',
    'moved',
    `variable "image" {
  default = ""
}
${pod('var.image != "" ? var.image : "acme/side:v4"')}`,
  ),
  stack(
    'tag from data external',
    'moved',
    `data "external" "tag" {
  program = ["git", "rev-parse", "--short=8", "HEAD"]
}
${pod(`"${host}/app:\${data.external.tag.result.sha}"`)}`,
  ),
  stack(
    'tag from substr(local.sha)',
    'moved',
    `locals { sha = "4f70681dabcdef" }
${pod(`"${host}/app:\${substr(local.sha, 0, 8)}"`)}`,
  ),
  stack(
    'tag by trimspace(file())',
    'moved',
    pod(`"${host}/app:\${trimspace(file("\${path.module}/VERSION"))}"`),
    { VERSION: '4f70681d\n' },
  ),
  stack(
    'tag by regex of file',
    'moved',
    pod(`"${host}/app:\${regex("v[0-9]+", file("\${path.module}/VERSION"))}"`),
    { VERSION: 'v4\n' },
  ),
  stack('image whole from file', ['IMAGE:1', 'main.tf:4'], pod(`trimspace(file("\${path.module}/IMAGE"))`), {
    IMAGE: 'acme/side:v4\n',
  }),
  stack(
    'image from yamldecode(file) third party',
    'same',
    `locals { v = yamldecode(file("\${path.module}/versions.yaml")) }
${pod(`"nginx:\${local.v.nginx}"`)}`,
    { 'versions.yaml': 'nginx: "1.27"\n' },
  ),
  stack(
    'whole image from yamldecode(file)',
    ['main.tf:5', 'versions.yaml:1'],
    `locals { v = yamldecode(file("\${path.module}/versions.yaml")) }
${pod(`local.v.image`)}`,
    { 'versions.yaml': 'image: acme/side:v4\n' },
  ),
  stack(
    'csvdecode',
    ['apps.csv:2', 'main.tf:5'],
    `locals { v = csvdecode(file("\${path.module}/apps.csv")) }
resource "kubernetes_pod" "p" {
  for_each = { for r in local.v : r.name => r }
  spec {
    container { image = each.value.image }
  }
}
`,
    { 'apps.csv': 'name,image\na,acme/side:v4\n' },
  ),
  stack(
    'kustomization folder',
    ['kustomize/kustomization.yaml:3'],
    `data "kustomization_build" "k" {
  path = "\${path.module}/kustomize"
}
`,
    { 'kustomize/kustomization.yaml': `images:\n- name: app\n  newName: ${host}/app\n  newTag: v1\n` },
  ),
  stack(
    'helm local chart',
    ['chart/values.yaml:2'],
    `resource "helm_release" "h" {
  chart = "\${path.module}/chart"
  set {
    name  = "a"
    value = "b"
  }
}
`,
    {
      'chart/Chart.yaml': 'name: c\n',
      'chart/values.yaml': `image:\n  repository: ${host}/app\n  tag: v1\n`,
      'chart/templates/d.yaml': 'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n',
    },
  ),
  stack(
    'helm local chart, image by set',
    'moved',
    `resource "helm_release" "h" {
  chart = "\${path.module}/chart"
  set {
    name  = "image"
    value = "acme/side:v4"
  }
}
`,
    {
      'chart/Chart.yaml': 'name: c\n',
      'chart/values.yaml': `image: ""\n`,
      'chart/templates/d.yaml': 'image: "{{ .Values.image }}"\n',
    },
  ),
  stack(
    'docker-compose via templatefile',
    ['docker-compose.yml:3'],
    `locals { c = templatefile("\${path.module}/docker-compose.yml", { tag = var.t }) }
variable "t" {}
`,
    { 'docker-compose.yml': `services:\n  a:\n    image: ${host}/app:\${tag}\n` },
  ),
  stack(
    'template takes prefix off',
    ['a.tpl:1'],
    `locals { c = templatefile("\${path.module}/a.tpl", { image = "acme/side:v4" }) }
`,
    { 'a.tpl': 'x: ${trimprefix(image, "acme/")}\n' },
  ),
  stack(
    'template with object member',
    ['a.tpl:1'],
    `locals { c = templatefile("\${path.module}/a.tpl", { cfg = { image = "acme/side:v4" } }) }
`,
    { 'a.tpl': 'x: ${cfg.image}-dev\n' },
  ),
  stack(
    'template with loop',
    ['a.tpl:2'],
    `locals { c = templatefile("\${path.module}/a.tpl", { images = ["acme/side:v4"] }) }
`,
    { 'a.tpl': '%{ for i in images ~}\nx: ${i}-dev\n%{ endfor ~}\n' },
  ),
  stack(
    'template with loop fine',
    'moved',
    `locals { c = templatefile("\${path.module}/a.tpl", { images = ["acme/side:v4"] }) }
`,
    { 'a.tpl': '%{ for i in images ~}\nx: ${i}\n%{ endfor ~}\n' },
  ),
  stack(
    'template merge vars',
    ['a.tpl:1'],
    `locals { c = templatefile("\${path.module}/a.tpl", merge(local.base, { image = "acme/side:v4" })) }
locals { base = { a = 1 } }
`,
    { 'a.tpl': 'x: ${image}-dev\n' },
  ),
  stack(
    'template in loop fileset',
    ['tpl/a.yaml:1'],
    `locals { c = [for f in fileset(path.module, "tpl/*.yaml") : templatefile("\${path.module}/\${f}", { image = "acme/side:v4" })] }
`,
    { 'tpl/a.yaml': 'x: ${image}-dev\n' },
  ),
  stack(
    'image name of ours within kubernetes label selector only',
    'same',
    `resource "kubernetes_service" "s" {
  spec {
    selector = { app = "side" }
    port { port = 80 }
  }
}
`,
  ),
  stack(
    'git source of repo by image short name',
    'same',
    `locals {
  repo  = "https://github.com/acme/side.git"
  clone = "git clone git@github.com:acme/side.git"
  pages = "https://acme.github.io/side"
}
`,
  ),
  stack(
    'short name as github slug argument',
    ['main.tf:2'],
    `locals {
  slug = "acme/side"
}
`,
  ),
  stack(
    'short name in api url',
    'same',
    `locals {
  u = "https://api.github.com/repos/acme/side/releases"
}
`,
  ),
  stack(
    'env var GITHUB_REPOSITORY',
    ['main.tf:9'],
    `resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        container {
          image = "acme/side:v4"
          env {
            name  = "GITHUB_REPOSITORY"
            value = "acme/side"
          }
        }
      }
    }
  }
}
`,
  ),
  stack(
    'ingress host of registry in app stack',
    'same',
    `resource "kubernetes_ingress_v1" "i" {
  spec {
    rule { host = "${host}" }
    tls { hosts = ["${host}"] }
  }
}
`,
  ),
  stack(
    'ingress host of registry + name app alone',
    ['main.tf:4'],
    `resource "kubernetes_ingress_v1" "i" {
  metadata { name = "app" }
  spec {
    rule { host = "${host}" }
  }
}
`,
  ),
  stack(
    'docker login target in env, name app nearby',
    ['main.tf:10'],
    `resource "kubernetes_deployment" "d" {
  metadata { name = "app" }
  spec {
    template {
      spec {
        container {
          image = "${host}/app:\${var.t}"
          env {
            name  = "REGISTRY_URL"
            value = "${host}"
          }
        }
      }
    }
  }
}
variable "t" {}
`,
  ),
  stack(
    'tests of terraform',
    ['tests/a.tftest.hcl:4'],
    `locals { a = 1 }
`,
    {
      'tests/a.tftest.hcl': `run "x" {\n  command = plan\n  assert {\n    condition = local.base_side == "acme/side:v4"\n    error_message = "x"\n  }\n}\n`,
    },
  ),
  stack(
    'lock file of terraform',
    'moved',
    `locals { a = "acme/side:v4" }
`,
    {
      '.terraform.lock.hcl':
        'provider "registry.terraform.io/hashicorp/kubernetes" {\n  version = "2.38.0"\n}\n',
    },
  ),
  stack(
    'terragrunt locals + generated provider with heredoc',
    'moved',
    `locals { a = "acme/side:v4" }
`,
    {
      'terragrunt.hcl': `include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\nlocals {\n  env = yamldecode(file(find_in_parent_folders("env.yaml")))\n}\ninputs = merge(local.env, { image_tag = "1" })\n`,
      '/env.yaml': 'tier: aux\n',
      '/root.hcl':
        'remote_state {\n  backend = "pg"\n  generate = {\n    path      = "backend.tf"\n    if_exists = "overwrite_terragrunt"\n  }\n  config = {}\n}\n',
    },
  ),
  stack(
    'terragrunt inputs from get_env',
    'same',
    `variable "tag" {}
${pod('"nginx:${var.tag}"')}`,
    { 'terragrunt.hcl': `inputs = { tag = get_env("TAG", "latest") }\n` },
  ),
  stack(
    'terragrunt hooks with image',
    ['terragrunt.hcl:4'],
    `locals { a = "acme/side:v4" }
`,
    {
      'terragrunt.hcl': `terraform {\n  before_hook "pull" {\n    commands = ["apply"]\n    execute  = ["docker", "pull", "acme/side:v4"]\n  }\n}\n`,
    },
  ),
  stack(
    'terragrunt.stack.hcl unit values',
    ['terragrunt.stack.hcl:4'],
    `locals { a = 1 }
`,
    {
      'terragrunt.stack.hcl': `unit "x" {\n  source = "../units/x"\n  path = "x"\n  values = { image = "acme/side:v4" }\n}\n`,
    },
  ),
  stack(
    'inputs tag with ${} expression of path',
    'moved',
    `variable "image_tag" {}
${pod(`"${host}/app:\${var.image_tag}"`)}`,
    {
      'terragrunt.hcl':
        'inputs = {\n  image_tag = trimspace(run_cmd("--terragrunt-quiet", "git", "rev-parse", "--short", "HEAD"))\n}\n',
    },
  ),
  stack(
    'provider function',
    ['main.tf:1'],
    `locals { a = provider::kubernetes::manifest_decode("image: acme/side:v4") }
`,
  ),
  stack(
    'chomp heredoc',
    'moved',
    `locals {
  a = chomp(<<EOT
acme/side:v4
EOT
  )
}
`,
  ),
  stack(
    'indent and nested yamlencode',
    'moved',
    `locals {
  a = indent(4, yamlencode({ containers = [{ image = "acme/side:v4" }] }))
  b = base64encode(local.a)
}
`,
  ),
  stack(
    'urlencode image',
    ['main.tf:2'],
    `locals {
  a = urlencode("acme/side:v4")
}
`,
  ),
  stack(
    'title/upper',
    ['main.tf:2'],
    `locals {
  a = upper("acme/side:v4")
}
`,
  ),
  stack(
    'strcontains check in precondition',
    ['main.tf:9'],
    `${pod('"acme/side:v4"').replace(/\}\n$/, '')}  lifecycle {
    precondition {
      condition     = strcontains(local.base_side, ":")
      error_message = "x"
    }
  }
}
`,
  ),
  stack(
    'sort distinct toset in output',
    'moved',
    `output "images" {
  value = sort(distinct(concat(["acme/side:v4"], ["nginx"])))
}
`,
  ),
  stack(
    'length of map keyed by image',
    'moved',
    `locals {
  scan = { "acme/side:v4" = "weekly" }
}
`,
  ),
  stack(
    'alltrue contains',
    'moved',
    `locals {
  ok = alltrue([for i in ["acme/side:v4"] : contains(["acme/side:v4"], i)])
}
`,
  ),
  stack(
    'kubernetes_job with image and ttl, wait_for',
    'moved',
    `resource "kubernetes_job" "j" {
  metadata { name = "seed" }
  spec {
    template {
      metadata {}
      spec {
        container {
          image = "acme/side:v4"
          name  = "j"
        }
        restart_policy = "Never"
      }
    }
  }
  wait_for_completion = false
}
`,
  ),
  stack(
    'job_v1 name from hash of the image',
    'moved',
    `resource "kubernetes_job_v1" "j" {
  metadata { name = "seed-\${substr(sha256("acme/side:v4"), 0, 8)}" }
}
`,
  ),
  template('jsonencode of a list', 'moved', '{ images = ["acme/side:v4"] }', 'x: ${jsonencode(images)}\n'),
  template('a condition', 'moved', given, '%{ if image != "" }\nimage: ${image}\n%{ endif }\n'),
  template('lower', 'moved', given, 'image: ${lower(image)}\n'),
  template('replace', ['a.tpl:1'], given, 'name: ${replace(image, ":", "-")}\n'),
  template('join', 'moved', '{ images = ["acme/side:v4", "nginx"] }', 'x: ${join(",", images)}\n'),
  template(
    'join to a name',
    ['a.tpl:1'],
    '{ images = ["acme/side:v4", "dev"] }',
    'x: ${join("-", images)}\n',
  ),
  template('directive behind', ['a.tpl:1'], given, 'x: ${image}%{ if dev }-dev%{ endif }\n'),
  template(
    'another name begins with it',
    'moved',
    '{ image = "acme/side:v4", image_dev = "nginx" }',
    'x: ${image_dev}-dev\ny: ${image}\n',
  ),
  template('its comment', 'moved', given, '# ${image}-dev\ny: ${image}\n'),
  template('Helm in it', 'moved', given, 'y: ${image}\nz: {{ .Values.x }}-dev\nw: $${NOT}\n'),
  template(
    'a shell script in it',
    ['a.tpl:3'],
    given,
    '#!/bin/sh\nIMAGE=${image}\ndocker pull "$${IMAGE}-dev"\n',
  ),
  template(
    'a member of an object in a list',
    ['a.tpl:2'],
    '{ apps = [{ name = "a", image = "acme/side:v4" }] }',
    '%{ for a in apps ~}\n- ${a.name}: ${a.image}-${a.name}\n%{ endfor ~}\n',
  ),
  template(
    'a member of an object in a list, whole',
    'moved',
    '{ apps = [{ name = "a", image = "acme/side:v4" }] }',
    '%{ for a in apps ~}\n- ${a.name}-x: ${a.image}\n%{ endfor ~}\n',
  ),
  template(
    'a map with its keys',
    'moved',
    '{ apps = { a = "acme/side:v4" } }',
    '%{ for k, v in apps ~}\n- ${k}-x: ${v}\n%{ endfor ~}\n',
  ),
  template(
    'host and name in parts',
    ['a.tpl:1', 'main.tf:2'],
    `{ r = "${host}", n = "app" }`,
    'image: ${r}/${n}:v1\n',
  ),
  template('local given whole', 'same', '{ image = local.base_side }', 'image: ${image}\n'),
  template('local given whole, goes on', ['a.tpl:1'], '{ image = local.base_side }', 'image: ${image}-x\n'),
  template(
    'same name bound in a loop of its own',
    'moved',
    '{ image = "acme/side:v4", others = ["nginx"] }',
    '%{ for image in others ~}\n${image}-dev\n%{ endfor ~}\n',
  ),
  stack(
    'dynamic env and a script',
    ['main.tf:11'],
    `resource "kubernetes_pod" "p" {
  spec {
    container {
      dynamic "env" {
        for_each = { IMAGE = "acme/side:v4" }
        content {
          name  = env.key
          value = env.value
        }
      }
      command = ["sh", "-c", "docker pull $IMAGE-dev"]
    }
  }
}
`,
  ),
  stack(
    'merge in for_each',
    'moved',
    `locals {
  apps = { a = { port = 1 } }
}
resource "kubernetes_pod" "p" {
  for_each = { for k, v in local.apps : k => merge(v, { image = "acme/side:v4" }) }
  spec {
    container { image = each.value.image }
  }
}
`,
  ),
  stack(
    'nested modules handing an object on',
    'moved',
    `module "a" {
  source = "./a"
  config = { image = "acme/side:v4", name = "n" }
}
`,
    {
      'a/main.tf':
        'variable "config" {\n  type = object({ image = string, name = string })\n}\nmodule "b" {\n  source = "./b"\n  config = var.config\n}\n',
      'a/b/main.tf': `variable "config" { type = any }\n${pod('var.config.image')}`,
    },
  ),
  stack(
    'nested modules, goes on',
    ['a/b/main.tf:5'],
    `module "a" {
  source = "./a"
  config = { image = "acme/side:v4", name = "n" }
}
`,
    {
      'a/main.tf': 'variable "config" {}\nmodule "b" {\n  source = "./b"\n  config = var.config\n}\n',
      'a/b/main.tf': `variable "config" { type = any }\n${pod('"${var.config.image}-${var.config.name}"')}`,
    },
  ),
  stack(
    'an attribute that is called type, and has an image below it',
    ['main.tf:2'],
    'resource "a_b" "p" {\n  type = { image = data.x.y.z }\n}\nlocals { side = "acme/side:v4" }\n',
  ),
  template(
    'under names that an expression makes',
    ['main.tf:2'],
    '{ for name, image in { image = "acme/side:v4" } : name => image }',
    'a: ${image}-dev\n',
  ),
  template(
    'comments that go on behind the image',
    'moved',
    given,
    '// not ${image}-x\na: ${image} # or ${image}-dev\n',
  ),
  stack(
    'outputs of a module with for_each',
    'moved',
    `module "img" {
  source   = "./img"
  for_each = toset(["a"])
  image    = "acme/side:v4"
}
${pod('module.img["a"].image')}`,
    { 'img/main.tf': 'variable "image" {}\noutput "image" {\n  value = var.image\n}\n' },
  ),
  stack(
    'output goes on',
    ['main.tf:8'],
    `module "img" {
  source = "./img"
  image  = "acme/side:v4"
}
${pod('"${module.img.image}-dev"')}`,
    { 'img/main.tf': 'variable "image" {}\noutput "image" {\n  value = var.image\n}\n' },
  ),
  stack(
    'map variable of images in a module',
    'moved',
    `module "a" {
  source = "./a"
  images = { side = "acme/side:v4", other = "nginx:1" }
}
`,
    {
      'a/main.tf': `variable "images" { type = map(string) }\n${pod('var.images["side"]')}${pod('lookup(var.images, "other", "x:1")').replace('"p"', '"q"')}`,
    },
  ),
  stack(
    'try on each',
    'moved',
    `resource "kubernetes_pod" "p" {
  for_each = { a = { image = "acme/side:v4" }, b = {} }
  spec {
    container { image = try(each.value.image, "nginx") }
    container { image = lookup(each.value, "image", "nginx") }
    container { image = each.value["image"] }
  }
}
`,
  ),
  stack(
    'one of a splat',
    'moved',
    `locals { l = [{ image = "acme/side:v4" }] }
${pod('one(local.l[*].image)')}`,
  ),
  stack(
    'values of a map by index',
    'moved',
    `locals { l = { a = "acme/side:v4" } }
${pod('values(local.l)[0]')}`,
  ),
  stack(
    'old interpolation alone',
    'moved',
    `locals { i = "acme/side:v4" }
${pod('"${local.i}"')}`,
  ),
  stack(
    'repo and tag in locals',
    'moved',
    `locals {
  repo = "${host}/app"
  tag  = "4f70681d"
}
${pod('"${local.repo}:${local.tag}"')}`,
  ),
  stack('join of repo and tag', 'moved', pod(`join(":", ["${host}/app", var.t])`)),
  stack('format of repo and tag', 'moved', pod(`format("%s:%s", "${host}/app", var.t)`)),
  stack('format without a tag name', ['main.tf:4'], pod(`format("%s-dev:%s", "${host}/app", var.t)`)),
  stack('digest by a variable', 'moved', pod(`"${host}/app@\${var.digest}"`)),
  stack(
    'repository by variable default',
    ['main.tf:1'],
    `variable "repo" { default = "${host}/app" }
${pod('"${var.repo}:${var.t}"')}`,
  ),
  stack(
    'parenthesized and over lines',
    'moved',
    `locals {
  i = (
    var.x # which
    ? "acme/side:v4" // ours
    : /* theirs */ "nginx:1"
  )
}
`,
  ),
  stack(
    'kubernetes_manifest as an object',
    'moved',
    `resource "kubernetes_manifest" "m" {
  manifest = {
    apiVersion = "apps/v1"
    kind       = "Deployment"
    spec = {
      template = {
        spec = {
          initContainers = [{ name = "i", image = "acme/side:v4" }]
          containers = [
            { name = "a", image = "${host}/app:\${var.t}", env = [{ name = "X", value = "acme/side:v4" }] },
          ]
        }
      }
    }
  }
  computed_fields = ["metadata.annotations"]
  field_manager { force_conflicts = true }
}
`,
  ),
  stack(
    'keel ignores another container',
    'moved',
    `resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        init_container { image = "busybox" }
        container { image = "acme/side:v4" }
        container { image = "nginx" }
      }
    }
  }
  lifecycle {
    ignore_changes = [
      spec[0].template[0].spec[0].dns_config,                # KYVERNO_LIFECYCLE_V1
      spec[0].template[0].spec[0].container[1].image,        # KEEL_IGNORE_IMAGE
      spec[0].template[0].spec[0].init_container[0].image,
      metadata[0].annotations["keel.sh/match-tag"],
    ]
  }
}
`,
  ),
  stack(
    'keel ignores ours',
    ['main.tf:5'],
    `resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        container { image = "acme/side:v4" }
      }
    }
  }
  lifecycle {
    ignore_changes = [
      spec[0].template[0].spec[0].container[0].image, # KEEL_IGNORE_IMAGE
    ]
  }
}
`,
  ),
  stack(
    'keel ignores ours in a dynamic over a list',
    ['main.tf:9'],
    `resource "kubernetes_deployment" "d" {
  spec {
    template {
      spec {
        dynamic "container" {
          for_each = [{ n = "a", i = "acme/side:v4" }]
          content {
            name  = container.value.n
            image = container.value.i
          }
        }
      }
    }
  }
  lifecycle {
    ignore_changes = [spec[0].template[0].spec[0].container[0].image]
  }
}
`,
  ),
  stack(
    'whole heredoc script over lines with backslash',
    'moved',
    `resource "null_resource" "r" {
  provisioner "remote-exec" {
    inline = [
      "docker pull acme/side:v4",
      <<-EOT
        docker run -d \\
          --name x \\
          acme/side:v4 \\
          --flag
      EOT
    ]
  }
}
`,
  ),
  stack(
    'for over an object with if and ...',
    'moved',
    `locals {
  raw     = [{ app = "a", image = "acme/side:v4" }, { app = "a", image = "nginx" }]
  grouped = { for r in local.raw : r.app => r.image... if r.image != "" }
}
resource "kubernetes_pod" "p" {
  for_each = local.grouped
  spec {
    container { image = each.value[0] }
  }
}
`,
  ),
  stack(
    'for_each over tolist of var with default',
    'moved',
    `variable "apps" {
  type    = list(string)
  default = ["a", "b"]
}
resource "kubernetes_pod" "p" {
  for_each = toset(var.apps)
  metadata { name = each.value }
  spec {
    container { image = "acme/side:v4" }
  }
}
`,
  ),
  stack(
    'yaml anchors and merge',
    'moved',
    `locals {
  y = yamldecode(<<-EOT
    x: &img acme/side:v4
    a: { image: *img }
  EOT
  )
}
`,
  ),
  stack(
    'jsonencode of container list in annotations',
    'moved',
    `resource "kubernetes_deployment" "d" {
  metadata {
    annotations = {
      "x/containers" = jsonencode([{ image = "acme/side:v4" }])
      checksum       = substr(sha1(jsonencode(["acme/side:v4"])), 0, 7)
    }
  }
}
`,
  ),
  stack(
    'cloudinit_config part',
    'moved',
    `data "cloudinit_config" "c" {
  part {
    content_type = "text/cloud-config"
    content = yamlencode({ runcmd = [["docker", "pull", "acme/side:v4"], "docker run acme/side:v4"] })
  }
}
`,
  ),
  stack(
    'external-secrets manifest and ours',
    'moved',
    `resource "kubernetes_manifest" "es" {
  manifest = yamldecode(<<-YAML
    apiVersion: external-secrets.io/v1beta1
    kind: ExternalSecret
    spec:
      target:
        template:
          data:
            URL: "https://{{ .user }}:{{ .pass }}@example.org"
  YAML
  )
}
${pod('"acme/side:v4"')}`,
  ),
  stack(
    'gethomepage link to the forge',
    'moved',
    `resource "kubernetes_ingress_v1" "i" {
  metadata {
    annotations = {
      "gethomepage.dev/href" = "https://forgejo.viktorbarzin.me/viktor/app"
    }
  }
}
${pod('"acme/side:v4"')}`,
  ),
];
