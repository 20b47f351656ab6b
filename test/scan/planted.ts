/** A file as trees have it, and what it names of what is retired: line, use, and the reference that is to be found. */
export interface Planted {
  readonly path: string;
  readonly text: string | Buffer;
  readonly found: readonly (readonly [line: number, use: 'live' | 'prose', reference: string])[];
}

const file = (path: string, text: string | Buffer, ...found: Planted['found'][number][]): Planted => ({
  path,
  text,
  found,
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const legacy = 'registry.viktorbarzin.me';
const hub = 'viktorbarzin/claude-memory-mcp';
const digest = `sha256:${'ab'.repeat(32)}`;

/** Files of the shapes that the homelab's tree has, and some that others have. */
export const planted: readonly Planted[] = [
  // HCL
  file(
    'stacks/payslip-ingest/main.tf',
    `locals {\n  image = "${legacy}/payslip-ingest:\${var.image_tag}"\n}\n`,
    [2, 'live', `${legacy}/payslip-ingest:\${var.image_tag}`],
  ),
  file(
    'stacks/wealthfolio/main.tf',
    `resource "x" "y" {\n  image = "${legacy}/wealthfolio-sync:latest"\n}\n`,
    [2, 'live', `${legacy}/wealthfolio-sync:latest`],
  ),
  file(
    'stacks/beads-server/main.tf',
    `image = "${legacy}:5050/beadboard:17a38e43" # the only one with its port\nlocals { claude_agent_service_image = "${legacy}/claude-agent-service" }\n`,
    [1, 'live', `${legacy}:5050/beadboard:17a38e43`],
    [2, 'live', `${legacy}/claude-agent-service`],
  ),
  file(
    'stacks/chrome-service/main.tf',
    `# pulled from ${legacy}, see below\nimage = "${legacy}/chrome-service-novnc:v4"\n`,
    [1, 'prose', legacy],
    [2, 'live', `${legacy}/chrome-service-novnc:v4`],
  ),
  file('stacks/claude-memory/main.tf', 'image = "viktorbarzin/claude-memory-mcp:17"\n', [
    1,
    'live',
    'viktorbarzin/claude-memory-mcp:17',
  ]),
  file(
    'stacks/split/main.tf',
    `locals {\n  registry = "registry.\${local.domain}"\n  domain   = "viktorbarzin.me"\n}\nx = "\${local.registry}/freedify:v1"\n`,
    [2, 'live', legacy],
    [5, 'live', `${legacy}/freedify:v1`],
  ),
  file(
    'stacks/formatted/main.tf',
    `variable "registry" {\n  default = "${legacy}"\n}\nlocals {\n  image = format("%s/%s:%s", var.registry, "job-hunter", "v2")\n}\n`,
    [2, 'live', legacy],
    [5, 'live', `${legacy}/job-hunter:v2`],
  ),
  file(
    'stacks/joined/main.tf',
    `locals {\n  image = join("/", ["${legacy}", "infra-ci"])\n}\n`,
    [2, 'live', `${legacy}/infra-ci`],
    [2, 'live', legacy],
  ),
  file('stacks/caller/main.tf', `module "m" {\n  source   = "./inner"\n  registry = "10.0.20.10:5050"\n}\n`, [
    3,
    'live',
    '10.0.20.10:5050',
  ]),
  file('stacks/caller/inner/main.tf', 'variable "registry" {}\nx = "${var.registry}/fire-planner:latest"\n', [
    2,
    'live',
    '10.0.20.10:5050/fire-planner:latest',
  ]),
  file(
    'stacks/heredoc/main.tf',
    `x = <<-EOT\n  image: ${legacy}/app:v1\n  # was ${legacy}/old:v0\n  url: https://${legacy}/v2/\nEOT\n`,
    [2, 'live', `${legacy}/app:v1`],
    [3, 'prose', `${legacy}/old:v0`],
    [4, 'live', `${legacy}/v2`],
  ),
  file('stacks/upper/main.tf', 'image = "Registry.ViktorBarzin.me/app:v1"\n', [
    1,
    'live',
    'Registry.ViktorBarzin.me/app:v1',
  ]),
  file('stacks/digest/main.tf', `image = "${legacy}/app@${digest}"\n`, [
    1,
    'live',
    `${legacy}/app@${digest}`,
  ]),
  file('stacks/kyverno/security-policies.tf', `allowed = ["${legacy}/*", "ghcr.io/*"]\n`, [
    1,
    'live',
    legacy,
  ]),
  file('stacks/reverse-proxy/main.tf', 'external_name = "docker-registry.viktorbarzin.lan:5050"\n', [
    1,
    'live',
    'docker-registry.viktorbarzin.lan:5050',
  ]),
  file('stacks/tags.auto.tfvars', `image = "${legacy}/app"\n`, [1, 'live', `${legacy}/app`]),
  file('stacks/x/terragrunt.hcl', `inputs = {\n  image = "${legacy}/hmrc-sync:latest"\n}\n`, [
    2,
    'live',
    `${legacy}/hmrc-sync:latest`,
  ]),
  file('stacks/inputs/terragrunt.hcl', 'inputs = {\n  host = "registry.viktorbarzin.me"\n}\n', [
    2,
    'live',
    legacy,
  ]),
  file('stacks/inputs/main.tf', 'variable "host" {}\nimage = "${var.host}/a:b"\n', [
    2,
    'live',
    `${legacy}/a:b`,
  ]),
  file('stacks/block-comment/main.tf', `/* the old ${legacy} */\n`, [1, 'prose', legacy]),
  file('stacks/escaped/main.tf', String.raw`script = "docker pull\n${legacy}/app:v1\n"` + '\n', [
    1,
    'live',
    `${legacy}/app:v1`,
  ]),
  file(
    'stacks/json/main.tf.json',
    `{"locals":{"image":"${legacy}\\/app:v9"}}\n`,
    [1, 'live', legacy],
    [1, 'live', `${legacy}/app:v9`],
  ),
  // YAML
  file(
    '.woodpecker/default.yml',
    `steps:\n  - name: apply\n    image: ${legacy}/infra-ci:latest\n    pull: true\n`,
    [3, 'live', `${legacy}/infra-ci:latest`],
  ),
  file(
    '.woodpecker/build-cli.yml',
    `settings:\n  repo: viktorbarzin/infra, ${legacy}:5050/infra\n  logins:\n    - registry: ${legacy}:5050\n`,
    [2, 'live', `${legacy}:5050/infra`],
    [4, 'live', `${legacy}:5050`],
  ),
  file('.woodpecker/sync.yml', 'commands:\n  - curl -fsS https://127.0.0.1:5050/v2/\n', [
    2,
    'live',
    '127.0.0.1:5050/v2',
  ]),
  file('charts/app/values.yaml', `image:\n  registry: ${legacy}\n  repository: app\n`, [2, 'live', legacy]),
  file('charts/hub/values.yaml', 'image:\n  repository: viktorbarzin/claude-memory-mcp\n  tag: "17"\n', [
    2,
    'live',
    'viktorbarzin/claude-memory-mcp',
  ]),
  file('charts/hub2/values.yaml', 'image: index.docker.io/viktorbarzin/claude-memory-mcp\n', [
    1,
    'live',
    'index.docker.io/viktorbarzin/claude-memory-mcp',
  ]),
  file('charts/cache/values.yaml', 'image: 10.0.20.10:5000/viktorbarzin/claude-memory-mcp:17\n', [
    1,
    'live',
    '10.0.20.10:5000/viktorbarzin/claude-memory-mcp:17',
  ]),
  file(
    'k8s/deployment.yaml',
    `containers:\n  - image: "${legacy}/app:v1" # ${legacy}/app:v0 before\n`,
    [2, 'live', `${legacy}/app:v1`],
    [2, 'prose', `${legacy}/app:v0`],
  ),
  file('k8s/anchor.yml', `x: &host ${legacy}\ny: *host\n`, [1, 'live', legacy]),
  file('k8s/block.yml', `script: |\n  docker login ${legacy} -u x\n`, [2, 'live', legacy]),
  file('k8s/folded.yaml', `text: >-\n  see\n  ${legacy}/app\n`, [3, 'live', `${legacy}/app`]),
  file('k8s/secret.yaml', `data:\n  .dockerconfigjson: ${base64(`{"auths":{"${legacy}":{"auth":"x"}}}`)}\n`, [
    2,
    'live',
    legacy,
  ]),
  file('k8s/hosts.yaml', `args: ["--insecure-registry=${legacy}:5050"]\n`, [1, 'live', `${legacy}:5050`]),
  file(
    'k8s/list.yaml',
    `- ${legacy}/a:1\n- ${legacy}/b:2\n`,
    [1, 'live', `${legacy}/a:1`],
    [2, 'live', `${legacy}/b:2`],
  ),
  file('ansible/vars.yml.j2', `registry: ${legacy}\n`, [1, 'live', legacy]),
  file(
    '.github/workflows/build.yml',
    `env:\n  REGISTRY: ${legacy}\nsteps:\n  - run: docker push $REGISTRY/app:v1\n  - uses: actions/checkout@v4\n`,
    [2, 'live', legacy],
    [4, 'live', `${legacy}/app:v1`],
  ),
  // JSON
  file(
    'n8n/diun.json',
    String.raw`{"jsCode":"const r = 'x';\nif (image.startsWith('${legacy}/')) {\n return;}"}`,
    [1, 'live', legacy],
  ),
  file('n8n/unicode.json', String.raw`{"host":"registry\u002eviktorbarzin\u002eme\/app:v1"}`, [
    1,
    'live',
    `${legacy}/app:v1`,
  ]),
  file('docker/config.json', `{"auths":{"${legacy}":{}}}\n`, [1, 'live', legacy]),
  file('renovate.json', '{"packageName":"docker.io/viktorbarzin/claude-memory-mcp"}\n', [
    1,
    'live',
    'docker.io/viktorbarzin/claude-memory-mcp',
  ]),
  file('grafana/dashboard.json', `{"expr":"up{instance=\\"${legacy}:5050\\"}"}\n`, [
    1,
    'live',
    `${legacy}:5050`,
  ]),
  // Shell
  file(
    'scripts/push.sh',
    `#!/bin/sh\nREG=${legacy}\ndocker push "$REG/app:v1"\ndocker push \${REG}/b:v2\n`,
    [2, 'live', legacy],
    [3, 'live', `${legacy}/app:v1`],
    [4, 'live', `${legacy}/b:v2`],
  ),
  file('scripts/default.sh', `docker pull "\${REGISTRY:-${legacy}}/app"\n`, [1, 'live', legacy]),
  file(
    'scripts/copy',
    `#!/usr/bin/env bash\nskopeo copy docker://viktorbarzin/claude-memory-mcp:17 docker://${legacy}:5050/x:17\n`,
    [2, 'live', 'viktorbarzin/claude-memory-mcp:17'],
    [2, 'live', `${legacy}:5050/x:17`],
  ),
  file(
    'scripts/commented.sh',
    `# docker push ${legacy}/app\necho done # ${legacy}\n`,
    [1, 'prose', `${legacy}/app`],
    [2, 'prose', legacy],
  ),
  file('scripts/curl.sh', `curl -u u:p 'https://${legacy}/v2/_catalog?n=100'\n`, [
    1,
    'live',
    `${legacy}/v2/_catalog`,
  ]),
  file('scripts/encoded.sh', 'curl "https://x.example/?url=https%3A%2F%2Fregistry.viktorbarzin.me%2Fv2"\n', [
    1,
    'live',
    `${legacy}/v2`,
  ]),
  file('.env', `IMAGE=${legacy}/app:v1\n`, [1, 'live', `${legacy}/app:v1`]),
  file('units/pull.service', `ExecStart=/usr/bin/docker pull ${legacy}/app\n`, [1, 'live', `${legacy}/app`]),
  file('Makefile', `REGISTRY := ${legacy}\n`, [1, 'live', legacy]),
  // Dockerfiles
  file(
    'app/Dockerfile',
    `FROM ${legacy}/base:v1 AS build\n# FROM ${legacy}/older\nCOPY --from=${legacy}/tools:v2 /a /a\n`,
    [1, 'live', `${legacy}/base:v1`],
    [2, 'prose', `${legacy}/older`],
    [3, 'live', `${legacy}/tools:v2`],
  ),
  file(
    'app/arg.dockerfile',
    `ARG REGISTRY=${legacy}\nFROM \${REGISTRY}/base:v1\n`,
    [1, 'live', legacy],
    [2, 'live', `${legacy}/base:v1`],
  ),
  file('app/Dockerfile.hub', 'FROM viktorbarzin/claude-memory-mcp\n', [
    1,
    'live',
    'viktorbarzin/claude-memory-mcp',
  ]),
  // nginx, TOML, programs
  file(
    'registry/nginx.conf',
    `server_name ${legacy};\n# ${legacy} is gone soon\n`,
    [1, 'live', legacy],
    [2, 'prose', legacy],
  ),
  file(
    'containerd/hosts.toml',
    `server = "https://${legacy}"\n[host."https://10.0.20.10:5050"]\n`,
    [1, 'live', legacy],
    [2, 'live', '10.0.20.10:5050'],
  ),
  file('containerd/certs.d/x.toml', `# ${legacy}:5050\n`, [1, 'prose', `${legacy}:5050`]),
  file('cli/main.go', `const registry = "${legacy}" // was the VM\n`, [1, 'live', legacy]),
  file('web/index.ts', `const image = "registry." + "viktorbarzin.me" + "/app:v1";\n`, [
    1,
    'live',
    `${legacy}/app:v1`,
  ]),
  file('web/page.html', `<!-- ${legacy} --><a href="https://${legacy}/">x</a>\n`, [1, 'prose', legacy]),
  file('notes.txt', `pull from ${legacy}.\n`, [1, 'live', legacy]),
  // Markdown, apart
  file(
    'docs/registry.md',
    `Images are at **${legacy}**.\n\n    docker pull ${legacy}/app:v1\n`,
    [1, 'prose', legacy],
    [3, 'prose', `${legacy}/app:v1`],
  ),
  file('README.md', `_${legacy}_ was the VM.\n`, [1, 'prose', legacy]),
  // Nothing of it
  file('clean/a.tf', 'image = "forgejo.viktorbarzin.me/viktor/app:v1"\n'),
  file(
    'clean/b.tf',
    'host = "myregistry.viktorbarzin.me"\nx = "registry.viktorbarzin.me.example.com"\ny = "old-registry.viktorbarzin.me"\nz = "sub.registry.viktorbarzin.me"\n',
  ),
  file(
    'clean/c.yml',
    'uses: viktorbarzin/claude-memory-mcp@v1\nrun: git clone git@github.com:viktorbarzin/claude-memory-mcp.git\nurl: https://github.com/viktorbarzin/claude-memory-mcp\n',
  ),
  file(
    'clean/d.yml',
    'image: ghcr.io/viktorbarzin/claude-memory-mcp:1\nother: viktorbarzin/claude-memory-mcp-ui:2\n',
  ),
  file(
    'clean/e.yml',
    'cache: 10.0.20.10:5000/library/nginx:1\nport: 10.0.20.10:50501\nother: 110.0.20.10:5050\n',
  ),
  file(
    'clean/f.json',
    '{"dependencies":{"registry":"1"},"integrity":"sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="}\n',
  ),
  file('clean/g.tf', 'locals {\n  name = "registry"\n}\nhost = "${var.name}.viktorbarzin.me"\n'),
  file('clean/h.sh', 'curl http://127.0.0.1:5000/v2/\nNAME=app\necho "$NAME.viktorbarzin.me"\n'),
  // What others have: each was missed, or taken for live, when it was first tried.
  file(
    'windows/pull.ps1',
    Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(`docker pull ${legacy}/app:v1\r\n`, 'utf16le')]),
    [...([1, 'live', `${legacy}/app:v1`] as const)],
  ),
  file(
    'windows/pull.reg',
    Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(`\n${legacy}/app:v1\n`, 'utf16le').swap16()]),
    [2, 'live', `${legacy}/app:v1`],
  ),
  file(
    'windows/crlf.env',
    `# a\r\nIMAGE_NAME=${hub}\r\nREGISTRY=${legacy}\r\n`,
    [2, 'live', hub],
    [3, 'live', legacy],
  ),
  file('kustomize/kustomization.yaml', `images:\n  - name: app\n    newName: ${hub}\n    newTag: "17"\n`, [
    3,
    'live',
    hub,
  ]),
  file(
    'compose/compose.yml',
    `x-app: &app\n  image: \${R:-${legacy}}/app:\${T:-v1}\nservices:\n  a: {<<: *app}\n  b: {image: "${hub}"}\n`,
    [2, 'live', legacy],
    [5, 'live', hub],
  ),
  file(
    '.github/workflows/container.yml',
    `jobs:\n  a:\n    container: ${hub}\n    steps:\n      - uses: docker://${hub}:17\n      - uses: ${hub}@v1\n`,
    [3, 'live', hub],
    [5, 'live', `${hub}:17`],
  ),
  file('build/Dockerfile', `RUN git clone https://example.org/x/y && \\\n  docker pull ${hub}:1\n`, [
    2,
    'live',
    `${hub}:1`,
  ]),
  file('units/hub.service', `[Service]\nExecStart=/usr/bin/docker run --rm \\\n  --name x \\\n  ${hub}\n`, [
    4,
    'live',
    hub,
  ]),
  file(
    'app/Dockerfile.stages',
    `FROM --platform=$BUILDPLATFORM ${hub} AS a\nCOPY --from=${hub} /a /b\n`,
    [1, 'live', hub],
    [2, 'live', hub],
  ),
  file('.renovaterc', `{"packageRules":[{"matchPackageNames":["${hub}"]}]}\n`, [1, 'live', hub]),
  file(
    'renovate.json5',
    `// ${legacy}/old:v0\n{registry: '${legacy}'}\n`,
    [1, 'prose', `${legacy}/old:v0`],
    [2, 'live', legacy],
  ),
  file(
    'keel/watched.yaml',
    `images: # of the hub\n  - postgres:16\n\n  - "${hub}"\nprojects:\n  - ${hub}\n`,
    [4, 'live', hub],
  ),
  file('stacks/lists/main.tf', `images = [\n  "postgres",\n  "${hub}",\n]\nsources = [\n  "${hub}"\n]\n`, [
    3,
    'live',
    hub,
  ]),
  file('chart/camel.yaml', `dockerImage: ${hub}\nDOCKER_REPO: ${hub}\n`, [1, 'live', hub], [2, 'live', hub]),
  file('nodes/certs.d/registry.viktorbarzin.me/hosts.toml', 'server = "https://mirror.example"\n', [
    1,
    'live',
    legacy,
  ]),
  file('k8s/umlaut.yaml', `data:\n  x: ${base64(`{"größe": 1, "image": "${legacy}/app:v1"}`)}\n`, [
    2,
    'live',
    `${legacy}/app:v1`,
  ]),
  file(
    'stacks/crontab/main.tf',
    `x = <<-EOT\n  * * * * * docker pull ${legacy}/a:1\n  rm -rf /srv/* && docker pull ${legacy}/b:1\n  EOT\n/* ${legacy}/c:1 */\n`,
    [2, 'live', `${legacy}/a:1`],
    [3, 'live', `${legacy}/b:1`],
    [5, 'prose', `${legacy}/c:1`],
  ),
  file(
    'stacks/prose/main.tf',
    `# as in x = <<EOF\n// ${legacy}/a:1\nx = <<-END-OF\n// ${legacy}/b:1\nEND-OF\n// ${legacy}/c:1\n`,
    [2, 'prose', `${legacy}/a:1`],
    [4, 'live', `${legacy}/b:1`],
    [6, 'prose', `${legacy}/c:1`],
  ),
  file('etc/certs.d/10.0.20.10_5050_/hosts.toml', '# as containerd spells a port too\n', [
    1,
    'live',
    '10.0.20.10_5050',
  ]),
  file('clean/i.yml', `- repo: ${hub}-docs\n- uses: ${hub}@v1\n- name: registryXviktorbarzin.me\n`),
];
