import { gzipSync } from 'node:zlib';

/** What becomes of one shape of HCL: the text after the move, or where and why the whole stack is refused. */
export interface Shape {
  readonly kind: string;
  readonly what: string;
  /** `stacks/x/main.tf`, or more files of the tree by their path. */
  readonly before: string | Readonly<Record<string, string>>;
  /** Of `stacks/x/main.tf`; absent where nothing changes. */
  readonly after?: string;
  /** The beginning of each fault, without `stacks/x/`. */
  readonly refused?: readonly string[];
}

type Row = readonly [
  what: string,
  before: string | Readonly<Record<string, string>>,
  after: string | readonly string[],
];

const host = 'registry.viktorbarzin.me';
const digest = `sha256:${'a'.repeat(64)}`;
const shapes = (kind: string, rows: readonly Row[]): Shape[] =>
  rows.map(([what, before, after]) => ({
    kind,
    what,
    before,
    ...(typeof after === 'string' ? { after } : { refused: after }),
  }));
/** Rows that are one expression: the value of a local, on line 2. */
const values = (
  kind: string,
  rows: readonly (readonly [string, string, string | readonly string[]])[],
): Shape[] =>
  shapes(
    kind,
    rows.map(([what, before, after]): Row => [
      what,
      `locals {\n  a = ${before}\n}\n`,
      typeof after === 'string' ? `locals {\n  a = ${after}\n}\n` : after,
    ]),
  );
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const takesApart = (name: string): string[] => [`main.tf:2: ${name}() takes an image's name apart`];
const otherwise = ['main.tf:2: an image of the stack is written in another way here'];
const forEach = (line: number): string[] => [`main.tf:${line}: a key of for_each would change`];
const goesOn = ['main.tf:2: the name goes on in'];
const parts = ['main.tf:2: the image is put together from parts here'];
const maybe = ['main.tf:2: the name comes from an expression that cannot be read here'];
const app = '"${local.app_repository}:${var.t}"';

/** `app` has its tag from an expression, `side` is `v4`; either may be spelled by any host of the old registry. */
export const hclShapes: readonly Shape[] = [
  ...values('an attribute', [
    ['a tag from a variable', `"${host}/app:\${var.t}"`, app],
    ['a port', `"${host}:5050/app:\${var.t}"`, app],
    ['an address', '"10.0.20.10:5050/app:${var.t}"', app],
    ['the target already', '"forgejo.viktorbarzin.me/viktor/app:${var.t}"', app],
    ['no tag', `"${host}/app"`, 'local.app_repository'],
    ['half a tag', `"${host}/app:v\${var.n}"`, '"${local.app_repository}:v${var.n}"'],
    ['a literal tag', `"${host}/side:v4"`, 'local.side_image'],
    ['a short name', '"acme/side:v4"', 'local.side_image'],
    [
      'tag and digest',
      `"acme/side:v4@${digest}"`,
      ['base.tf:3, stacks/x/main.tf:2: one image with several tags'],
    ],
    [
      'a digest alone',
      `"acme/side@${digest}"`,
      ['base.tf:3, stacks/x/main.tf:2: one image with several tags'],
    ],
    ['another case of the host', '"Registry.ViktorBarzin.ME/side:v4"', 'local.side_image'],
    ['the default port', `"${host}:443/side:v4"`, 'local.side_image'],
    ['a root label behind the host', `"${host}./side:v4"`, 'local.side_image'],
    ['strip markers', `"${host}/app:\${~ var.t ~}"`, '"${local.app_repository}:${~ var.t ~}"'],
    ['a literal tag where an expression gives it', `"${host}/app:v1"`, ['main.tf:2: spells the tag "v1"']],
    ['no tag where the estate has one', `"${host}/side"`, ['main.tf:2: takes the tag of']],
    ['another tag', `"${host}/side:v5"`, ['base.tf:3, stacks/x/main.tf:2: one image with several tags']],
    [
      'an escape in it',
      String.raw`"registry.viktorbarzin.me\u002fapp:${'${var.t}'}"`,
      ['main.tf:2: it is written with escapes'],
    ],
    [
      'an escape before it',
      String.raw`"x\n${host}/side:v4\ty"`,
      String.raw`"x\n${'${local.side_image}'}\ty"`,
    ],
    ['a number with an exponent before it', '1e-3\n  b = "acme/side:v4"', '1e-3\n  b = local.side_image'],
    ['an exponent in a list', '[1E3, "acme/side:v4", 2e+5]', '[1E3, local.side_image, 2e+5]'],
    [
      'an exponent in a string',
      '"1e-3"\n  b = [1e-3, "acme/side:v4"]',
      '"1e-3"\n  b = [1e-3, local.side_image]',
    ],
    ['other alphabets beside it', '"acme/side:v4" # “ü漢😀”', 'local.side_image # “ü漢😀”'],
  ]),
  ...values('another name', [
    ['longer', `"${host}/app-two:\${var.t}"`, `"${host}/app-two:\${var.t}"`],
    ['longer by an underscore', `"${host}/app_two:v1"`, `"${host}/app_two:v1"`],
    ['below it', `"${host}/app/two:v1"`, `"${host}/app/two:v1"`],
    ['of a longer host', `"docker-${host}/app:v1"`, `"docker-${host}/app:v1"`],
    ['of another registry', '"ghcr.io/acme/side:v4"', '"ghcr.io/acme/side:v4"'],
    ['with another port', `"${host}:5000/app:v1"`, `"${host}:5000/app:v1"`],
    ['in another case', `"${host}/App:v1"`, `"${host}/App:v1"`],
    ['that begins with it and an expression', `"${host}/app-\${var.x}:v1"`, `"${host}/app-\${var.x}:v1"`],
    ['a repository of git', '"git@github.com:acme/side"', '"git@github.com:acme/side"'],
    [
      'a page of the target',
      '"https://forgejo.viktorbarzin.me/viktor/app"',
      '"https://forgejo.viktorbarzin.me/viktor/app"',
    ],
    ['a page elsewhere', '"https://github.com/acme/side"', '"https://github.com/acme/side"'],
    ['the catalogue', `"https://${host}/v2/app/tags/list"`, `"https://${host}/v2/app/tags/list"`],
    ['behind an escaped interpolation', '"$${local.x}/acme/side-two:v4"', '"$${local.x}/acme/side-two:v4"'],
    ['a sentence', '"see acme/sides."', '"see acme/sides."'],
  ]),
  ...values('a name that goes on', [
    ['in an expression', `"${host}/app\${var.suffix}:v1"`, goesOn],
    ['in an expression, at its end', `"${host}/app\${var.suffix}"`, goesOn],
    ['in a directive', `"${host}/app%{ if var.x }-dev%{ endif }:v1"`, goesOn],
    ['over white space that is stripped', `"${host}/app \${~ var.x}"`, goesOn],
    ['in a variable of the shell', `"${host}/app$SUFFIX:v1"`, goesOn],
    ['in a braced variable of the shell', `"${host}/app$\${SUFFIX}:v1"`, goesOn],
    [
      'behind the local that holds it',
      `"${host}/app"\n  b = "\${local.a}-dev:v1"`,
      ['main.tf:3: the name goes on in or behind'],
    ],
    [
      'behind its tag',
      '"acme/side:v4"\n  b = "${local.a}-arm"',
      ['main.tf:3: the name goes on in or behind'],
    ],
    ['in its tag', '"acme/side:v4${var.x}"', ['main.tf:2: takes the tag of']],
    ['from an expression', '"${var.mirror}acme/side:v4"', ['main.tf:2: the name begins in an expression']],
    ['from a longer path', `"mirror.example/${host}/side:v4"`, ['main.tf:2: it is a part of a longer name']],
    [
      'behind a mirror in an expression',
      `"acme/side:v4"\n  b = "\${var.mirror}/\${local.a}"`,
      ['main.tf:3: the name is a part of a longer one'],
    ],
    ['in a URL of the old registry', `"https://${host}/app"`, ['main.tf:2: it is a part of a URL']],
  ]),
  ...values('put together', [
    [
      'of a local host',
      `"${host}"\n  b = "\${local.a}/app:\${var.t}"`,
      ['main.tf:3: the image is put together'],
    ],
    [
      'of a local host with its slash',
      `"${host}/"\n  b = "\${local.a}app:v1"`,
      [`main.tf:2: the host "${host}" stands`, 'main.tf:3: the image is put together'],
    ],
    ['of a local name', `"app"\n  b = "${host}/\${local.a}:v1"`, ['main.tf:3: the image is put together']],
    [
      'of an object of hosts',
      `{ old = "${host}" }\n  b = "\${local.a.old}/app:v1"`,
      ['main.tf:3: the image is put together'],
    ],
    ['of a choice', `"\${var.x ? "${host}" : "ghcr.io"}/app:v1"`, parts],
    ['by format', `format("%s/%s:%s", "${host}", "app", var.t)`, parts],
    ['by join', `join("/", ["${host}", "app"])`, parts],
    ['by replace', `replace("HOST/app", "HOST", "${host}")`, parts],
    [
      'over two locals',
      `"${host}"\n  b = local.a\n  c = "\${local.b}/side:v4"`,
      ['main.tf:4: the image is put together'],
    ],
    ['of a name nobody knows', `"${host}/\${var.name}:v1"`, maybe],
    ['of the end of a name', `"${host}/a\${var.rest}:v1"`, maybe],
    ['in a loop', `[for n in ["app", "b"] : "${host}/\${n}:v1"]`, parts],
    ['of a host nobody knows', '"${var.registry}/app:v1"', ['main.tf:2: the host comes from an expression']],
    [
      'of a host of the shell',
      '"docker pull $REGISTRY/app:v1"',
      ['main.tf:2: the host comes from an expression'],
    ],
    ['of a variable of Kubernetes', '"$(REGISTRY)/app:v1"', ['main.tf:2: the host comes from an expression']],
    [
      'of a host that is another',
      '"ghcr.io"\n  b = "${local.a}/app:v1"',
      `"ghcr.io"\n  b = "\${local.a}/app:v1"`,
    ],
  ]),
  ...shapes('put together', [
    [
      'of a default',
      `variable "r" {\n  default = "${host}"\n}\nlocals {\n  a = "\${var.r}/app:v1"\n}\n`,
      ['main.tf:5: the image is put together'],
    ],
  ]),
  ...values('a larger value', [
    ['a list', '["a", "acme/side:v4", "b"]', '["a", local.side_image, "b"]'],
    ['a map as value', '{ x = "acme/side:v4" }', '{ x = local.side_image }'],
    ['a map as key', '{ "acme/side:v4" = 1 }', '{ (local.side_image) = 1 }'],
    [
      'a map as key and index',
      '{ "acme/side:v4" = 1 }\n  b = local.a["acme/side:v4"]',
      '{ (local.side_image) = 1 }\n  b = local.a[local.side_image]',
    ],
    ['a key with a colon', '{ "acme/side:v4" : 1 }', '{ (local.side_image) : 1 }'],
    ['a key with more in it', '{ "x acme/side:v4" = 1 }', '{ "x ${local.side_image}" = 1 }'],
    ['a key in parentheses', '{ ("acme/side:v4") = 1 }', '{ (local.side_image) = 1 }'],
    [
      'a conditional',
      `var.x ? "acme/side:v4" : "${host}/app:\${var.t}"`,
      `var.x ? local.side_image : ${app}`,
    ],
    ['an equality', 'var.x == "acme/side:v4"', 'var.x == local.side_image'],
    [
      'a loop',
      '[for n in var.l : "acme/side:v4" if n != ""]',
      '[for n in var.l : local.side_image if n != ""]',
    ],
    ['format around it', 'format("%s %s", "a", "acme/side:v4")', 'format("%s %s", "a", local.side_image)'],
    ['coalesce', 'coalesce(var.i, "acme/side:v4")', 'coalesce(var.i, local.side_image)'],
    ['jsonencode', 'jsonencode({ "é" = "acme/side:v4" })', 'jsonencode({ "é" = local.side_image })'],
    ['yamlencode', 'yamlencode([{ image = "acme/side:v4" }])', 'yamlencode([{ image = local.side_image }])'],
    ['merge', 'merge({ a = 1 }, { i = "acme/side:v4" })', 'merge({ a = 1 }, { i = local.side_image })'],
    ['another template', '"${var.x ? "acme/side:v4" : "none"}"', '"${var.x ? local.side_image : "none"}"'],
    ['a directive', '"%{ if var.x }acme/side:v4%{ endif }"', ['main.tf:2: the name begins in an expression']],
    ['two on one line', '["acme/side:v4", "acme/side:v4"]', '[local.side_image, local.side_image]'],
    ['depth', '[[{ a = { b = ["acme/side:v4"] } }]]', '[[{ a = { b = [local.side_image] } }]]'],
  ]),
  ...values('an argument of a command', [
    ['alone', '["run", "acme/side:v4"]', '["run", local.side_image]'],
    ['in a flag', '["--image=acme/side:v4"]', '["--image=${local.side_image}"]'],
    ['in a shell line', '"docker run acme/side:v4 && true"', '"docker run ${local.side_image} && true"'],
    ['two in a line', '"acme/side:v4 acme/side:v4"', '"${local.side_image} ${local.side_image}"'],
    [
      'in quotes',
      String.raw`"docker run \"acme/side:v4\""`,
      String.raw`"docker run \"${'${local.side_image}'}\""`,
    ],
    [
      'by its transport',
      `"skopeo inspect docker://${host}/side:v4"`,
      '"skopeo inspect docker://${local.side_image}"',
    ],
    ['a tag of the shell', `"${host}/app:$TAG"`, '"${local.app_repository}:$TAG"'],
    ['a list with commas', '"acme/side:v4,other:v1"', '"${local.side_image},other:v1"'],
  ]),
  ...values('a heredoc', [
    ['plain', '<<EOT\nimage: acme/side:v4\nEOT', '<<EOT\nimage: ${local.side_image}\nEOT'],
    [
      'indented',
      '<<-EOT\n    image: acme/side:v4\n      more\n  EOT',
      '<<-EOT\n    image: ${local.side_image}\n      more\n  EOT',
    ],
    [
      'at the start of a line',
      '<<-EOT\n    acme/side:v4\n      more\n  EOT',
      '<<-EOT\n    ${local.side_image}\n      more\n  EOT',
    ],
    [
      'with an interpolation',
      `<<-EOT\n    image: ${host}/app:\${var.t}\n  EOT`,
      '<<-EOT\n    image: ${local.app_repository}:${var.t}\n  EOT',
    ],
    [
      'that goes on',
      `<<-EOT\n    x\n    image: ${host}/app\${var.x}\n  EOT`,
      ['main.tf:4: the name goes on in an expression'],
    ],
    [
      'put together',
      `<<-EOT\n    R=${host}\n    image: \${local.r}/app:v1\n  EOT\n  r = "${host}"`,
      ['main.tf:4: the image is put together'],
    ],
    ['in quotes', '<<EOT\n"image": "acme/side:v4",\nEOT', '<<EOT\n"image": "${local.side_image}",\nEOT'],
    [
      'its own comment',
      '<<EOT\n# was acme/side:v3\nimage: nginx\nEOT',
      '<<EOT\n# was acme/side:v3\nimage: nginx\nEOT',
    ],
    [
      'in a function',
      'yamldecode(<<EOT\nimage: acme/side:v4\nEOT\n)',
      'yamldecode(<<EOT\nimage: ${local.side_image}\nEOT\n)',
    ],
    [
      'two of them',
      '[<<A\nacme/side:v4\nA\n, <<B\nacme/side:v4\nB\n]',
      '[<<A\n${local.side_image}\nA\n, <<B\n${local.side_image}\nB\n]',
    ],
    [
      'a shell script with its own variables',
      `<<EOT\nset -- $\${X}\ndocker pull ${host}/app:$\${TAG}\nEOT`,
      '<<EOT\nset -- $${X}\ndocker pull ${local.app_repository}:$${TAG}\nEOT',
    ],
  ]),
  ...shapes('a block', [
    [
      'an environment',
      'resource "t" "n" {\n  env {\n    name  = "I"\n    value = "acme/side:v4"\n  }\n}\n',
      'resource "t" "n" {\n  env {\n    name  = "I"\n    value = local.side_image\n  }\n}\n',
    ],
    [
      'dynamic',
      'resource "t" "n" {\n  dynamic "container" {\n    for_each = ["acme/side:v4"]\n    content {\n      image = container.value\n    }\n  }\n}\n',
      'resource "t" "n" {\n  dynamic "container" {\n    for_each = [local.side_image]\n    content {\n      image = container.value\n    }\n  }\n}\n',
    ],
    [
      'set of a chart',
      'resource "helm_release" "n" {\n  set {\n    name  = "image"\n    value = "acme/side:v4"\n  }\n}\n',
      'resource "helm_release" "n" {\n  set {\n    name  = "image"\n    value = local.side_image\n  }\n}\n',
    ],
    [
      'an output',
      'output "o" {\n  value = "acme/side:v4"\n}\n',
      'output "o" {\n  value = local.side_image\n}\n',
    ],
    [
      'an argument of a module',
      'module "m" {\n  source = "./m"\n  image  = "acme/side:v4"\n}\n',
      'module "m" {\n  source = "./m"\n  image  = local.side_image\n}\n',
    ],
    ['one line', 'locals { a = "acme/side:v4" }\n', 'locals { a = local.side_image }\n'],
    ['no line end', 'locals { a = "acme/side:v4" }', 'locals { a = local.side_image }'],
    [
      "a variable's default",
      'variable "i" {\n  default = "acme/side:v4"\n}\n',
      ["main.tf:2: a variable's default cannot"],
    ],
    ['a label', `data "x" "${host}/side:v4" {\n}\n`, ['main.tf:1: the label of a block cannot']],
    [
      'a lifecycle',
      'resource "t" "n" {\n  lifecycle {\n    ignore_changes = [a["acme/side:v4"]]\n  }\n}\n',
      ['main.tf:3: a lifecycle block cannot'],
    ],
    [
      'a precondition',
      'resource "t" "n" {\n  lifecycle {\n    precondition {\n      condition = var.t != "acme/side:v4"\n    }\n  }\n}\n',
      'resource "t" "n" {\n  lifecycle {\n    precondition {\n      condition = var.t != local.side_image\n    }\n  }\n}\n',
    ],
    [
      'lines of Windows',
      '# ü\r\nlocals {\r\n\ta  =  "acme/side:v4" # x\r\n}\r\n',
      '# ü\r\nlocals {\r\n\ta  =  local.side_image # x\r\n}\r\n',
    ],
    [
      'a byte order mark',
      '\ufefflocals {\n  a = "acme/side:v4"\n}\n',
      '\ufefflocals {\n  a = local.side_image\n}\n',
    ],
    [
      'comments',
      '# acme/side:v3\nlocals {\n  a = 1 // acme/side:v4\n  /* acme/side:v4\n     b */\n}\n',
      '# acme/side:v3\nlocals {\n  a = 1 // acme/side:v4\n  /* acme/side:v4\n     b */\n}\n',
    ],
  ]),
  ...shapes('a key of for_each', [
    [
      'a set',
      'resource "t" "n" {\n  for_each = toset(["acme/side:v4"])\n}\n',
      ['main.tf:2: a key of for_each would change, and Terraform would destroy'],
    ],
    [
      'a map, by its key',
      'resource "t" "n" {\n  for_each = { "acme/side:v4" = 1 }\n}\n',
      ['main.tf:2: a key of for_each would change'],
    ],
    [
      'a map, by its value',
      'resource "t" "n" {\n  for_each = { a = "acme/side:v4" }\n}\n',
      'resource "t" "n" {\n  for_each = { a = local.side_image }\n}\n',
    ],
    [
      'lists in values of a map',
      'resource "t" "n" {\n  for_each = { a = ["acme/side:v4"] }\n}\n',
      'resource "t" "n" {\n  for_each = { a = [local.side_image] }\n}\n',
    ],
    [
      'a local, through another one',
      'locals {\n  a = ["acme/side:v4"]\n  b = toset(local.a)\n}\nmodule "n" {\n  source   = "./m"\n  for_each = local.b\n}\n',
      ['main.tf:7: a key of for_each would change'],
    ],
    [
      'a dynamic block, whose keys are no objects',
      'resource "t" "n" {\n  dynamic "container" {\n    for_each = ["acme/side:v4"]\n    content {\n      image = container.value\n    }\n  }\n}\n',
      'resource "t" "n" {\n  dynamic "container" {\n    for_each = [local.side_image]\n    content {\n      image = container.value\n    }\n  }\n}\n',
    ],
    [
      'an address in moved',
      'moved {\n  from = t.n["acme/side:v4"]\n  to   = t.m\n}\n',
      ['main.tf:2: a moved block names what is there already'],
    ],
    [
      'the name of an import',
      'import {\n  to = t.n\n  id = "acme/side:v4"\n}\n',
      ['main.tf:3: an import block names what is there already'],
    ],
  ]),
  ...shapes('ignore_changes', [
    [
      'in an override file',
      {
        'stacks/x/main.tf': 'resource "t" "n" {\n  image = "acme/side:v4"\n}\n',
        'stacks/x/override.tf': 'resource "t" "n" {\n  lifecycle {\n    ignore_changes = [image]\n  }\n}\n',
      },
      ['main.tf:2: the new image would never reach the cluster, ignore_changes'],
    ],
    [
      'of the image that moves',
      'resource "t" "n" {\n  spec {\n    container {\n      image = "acme/side:v4"\n    }\n  }\n  lifecycle {\n    ignore_changes = [spec[0].container[0].image]\n  }\n}\n',
      ['main.tf:4: the new image would never reach the cluster, ignore_changes'],
    ],
    [
      'of another container',
      'resource "t" "n" {\n  container {\n    image = "x"\n  }\n  container {\n    image = "acme/side:v4"\n  }\n  lifecycle {\n    ignore_changes = [container[0].image]\n  }\n}\n',
      'resource "t" "n" {\n  container {\n    image = "x"\n  }\n  container {\n    image = local.side_image\n  }\n  lifecycle {\n    ignore_changes = [container[0].image]\n  }\n}\n',
    ],
    [
      'of all',
      'resource "t" "n" {\n  image = "acme/side:v4"\n  lifecycle {\n    ignore_changes = all\n  }\n}\n',
      ['main.tf:2: the new image would never'],
    ],
    [
      'of what is around it',
      'resource "t" "n" {\n  spec {\n    image = "acme/side:v4"\n  }\n  lifecycle {\n    ignore_changes = [spec]\n  }\n}\n',
      ['main.tf:3: the new image would never'],
    ],
    [
      'by a local',
      'locals {\n  i = "acme/side:v4"\n}\nresource "t" "n" {\n  image = local.i\n  lifecycle {\n    ignore_changes = [image]\n  }\n}\n',
      ['main.tf:5: the new image would never'],
    ],
    [
      'in the old way',
      'resource "t" "n" {\n  spec {\n    image = "acme/side:v4"\n  }\n  lifecycle {\n    ignore_changes = ["spec.0.image"]\n  }\n}\n',
      ['main.tf:3: the new image would never'],
    ],
    [
      'in a dynamic block',
      'resource "t" "n" {\n  dynamic "c" {\n    for_each = [1]\n    content {\n      image = "acme/side:v4"\n    }\n  }\n  lifecycle {\n    ignore_changes = [c[3].image]\n  }\n}\n',
      ['main.tf:5: the new image would never'],
    ],
    [
      'of something else',
      'resource "t" "n" {\n  image = "acme/side:v4"\n  lifecycle {\n    ignore_changes = [replicas]\n  }\n}\n',
      'resource "t" "n" {\n  image = local.side_image\n  lifecycle {\n    ignore_changes = [replicas]\n  }\n}\n',
    ],
  ]),
  ...shapes('another file', [
    [
      'YAML that a template reads',
      { 'stacks/x/files/job.yaml': 'a: 1\nimage: acme/side:v4\n' },
      ['files/job.yaml:2: spells an image'],
    ],
    ['a template', { 'stacks/x/job.tftpl': 'image: acme/side:v4\n' }, ['job.tftpl:1: spells an image']],
    [
      'a template that puts it together',
      { 'stacks/x/job.tftpl': 'image: ${registry}/app:v1\n' },
      ['job.tftpl:1: the host comes from an expression'],
    ],
    [
      'a file outside, read by its path',
      {
        'stacks/x/main.tf': 'locals {\n  a = file("${path.module}/../../shared/j.yaml")\n}\n',
        'shared/j.yaml': 'i: acme/side:v4\n',
      },
      ['../../shared/j.yaml:1: spells an image'],
    ],
    [
      "a chart's values in parts",
      { 'stacks/x/values.yaml': `image:\n  registry: ${host}\n  repository: app\n` },
      [`values.yaml:2: the host "${host}" stands apart`],
    ],
    ['a comment in it', { 'stacks/x/values.yaml': '# acme/side:v3\nimage: nginx # was acme/side:v3\n' }, []],
    ['a text for people', { 'stacks/x/README.md': 'acme/side:v4\n' }, []],
    [
      'JSON with its escapes',
      { 'stacks/x/a.json': String.raw`{"image": "acme\/side:v4"}` },
      ['a.json:1: an image of the stack is written in another way'],
    ],
    [
      'Terraform in JSON',
      { 'stacks/x/more.tf.json': '{\n "locals": {"i": "acme/side:v4"}\n}\n' },
      ['more.tf.json:2: spells an image'],
    ],
    [
      'variables',
      { 'stacks/x/terraform.tfvars': 'image = "acme/side:v4"\n' },
      ['terraform.tfvars:1: spells an image'],
    ],
    [
      'variables read by themselves',
      { 'stacks/x/a.auto.tfvars': '\nimages = ["acme/side:v4"]\n' },
      ['a.auto.tfvars:2: spells an image'],
    ],
    [
      'variables of every stack',
      { 'config.tfvars': 'i = "acme/side:v4"\n' },
      ['../../config.tfvars:1: spells an image'],
    ],
    [
      "Terragrunt's inputs",
      { 'stacks/x/terragrunt.hcl': 'inputs = {\n  image = "acme/side:v4"\n}\n' },
      ['terragrunt.hcl:2: spells an image'],
    ],
    [
      "Terragrunt's inputs at the root",
      { 'terragrunt.hcl': 'inputs = { image = "acme/side:v4" }\n' },
      ['../../terragrunt.hcl:1: spells an image'],
    ],
    [
      'inputs that are a part',
      {
        'stacks/x/terragrunt.hcl': `inputs = {\n  registry = "${host}"\n}\n`,
        'stacks/x/main.tf': 'variable "registry" {}\nlocals {\n  a = "${var.registry}/app:v1"\n}\n',
      },
      ['main.tf:3: the image is put together'],
    ],
    [
      'a module',
      {
        'stacks/x/main.tf': 'module "m" {\n  source = "./m"\n}\n',
        'stacks/x/m/main.tf': 'locals {\n  i = "acme/side:v4"\n}\n',
      },
      ['m/main.tf:2: spells an image'],
    ],
    [
      'a module of a module',
      {
        'stacks/x/main.tf': 'module "m" {\n  source = "../../modules/m"\n}\n',
        'modules/m/main.tf': 'module "n" {\n  source = "../n"\n}\n',
        'modules/n/main.tf': 'locals {\n  i = "acme/side:v4"\n}\n',
      },
      ['../../modules/n/main.tf:2: spells an image'],
    ],
    [
      'a module that is given a part',
      {
        'stacks/x/main.tf': `module "m" {\n  source = "./m"\n  r = "${host}"\n}\n`,
        'stacks/x/m/main.tf': 'variable "r" {}\nlocals {\n  i = "${var.r}/app:v1"\n}\n',
      },
      ['m/main.tf:3: the image is put together'],
    ],
    ["an editor's lock", { 'stacks/x/.#main.tf': 'locals {\n  i = "acme/side:v9"\n' }, []],
    ["an editor's backup", { 'stacks/x/main.tf~': 'acme/side:v9' }, []],
    ["an editor's own save", { 'stacks/x/#main.tf#': 'acme/side:v9' }, []],
    [
      'an override',
      { 'stacks/x/main_override.tf': 'locals {\n  i = "acme/side:v5"\n}\n' },
      ['base.tf:3, stacks/x/main_override.tf:2: one image with several tags'],
    ],
  ]),
  ...values("Docker Hub's own hosts", [
    ['its name', '"docker.io/acme/side:v4"', 'local.side_image'],
    ['its old name', '"index.docker.io/acme/side:v4"', 'local.side_image'],
    ["its registry's", '"registry-1.docker.io/acme/side:v4"', 'local.side_image'],
    ['with a transport', '"docker://docker.io/acme/side:v4"', '"docker://${local.side_image}"'],
    ['another of its images', '"docker.io/acme/sides:v4"', '"docker.io/acme/sides:v4"'],
    ['a host that only ends so', '"mydocker.io/acme/side:v4"', '"mydocker.io/acme/side:v4"'],
  ]),
  ...values('a function around the name', [
    ['trimprefix', 'trimprefix("acme/side:v4", "acme/")', takesApart('trimprefix')],
    ['split', 'split(":", "acme/side:v4")[1]', takesApart('split')],
    ['over a local', '"acme/side:v4"\n  b = regex("[^:]+", local.a)', ['main.tf:3: regex() takes']],
    ['startswith', 'startswith(var.i, "acme/side:v4")', takesApart('startswith')],
    ['basename', 'basename("acme/side:v4")', takesApart('basename')],
    ["a provider's", 'provider::k::f("acme/side:v4")', takesApart('provider::k::f')],
    ['replace of its tag', 'replace("acme/side:v4", ":v4", ":v5")', takesApart('replace')],
    [
      'replace in its place',
      'replace(var.x, "IMAGE", "acme/side:v4")',
      'replace(var.x, "IMAGE", local.side_image)',
    ],
    ['a hash of it', 'sha256(jsonencode(["acme/side:v4"]))', 'sha256(jsonencode([local.side_image]))'],
    ['format', 'format("acme/%s:v4", "side")', parts],
    ['format with unknown words', `format("%s/%s:v1", "${host}", var.n)`, maybe],
    [
      'join of a local list',
      '["acme", "side:v4"]\n  b = join("/", local.a)',
      ['main.tf:3: the image is put'],
    ],
    ['replace that makes it', 'replace("acme-side:v4", "-", "/")', parts],
    ['lower', '"${lower("ACME")}/side:v4"', parts],
    [
      'reversed',
      'strrev("4v:edis/emca")\n  b = local.a\n  c = "x ${local.b}"',
      ['main.tf:2: the image is put', 'main.tf:4: the image is put'],
    ],
    ['a file within it', '"${jsondecode(file("./h.json")).host}/app:v1"', ['main.tf:2: the host comes from']],
  ]),
  ...values('base64', [
    ['in a string', `"${base64('image: acme/side:v4')}"`, otherwise],
    [
      'in a heredoc',
      `<<EOT\nx: 1\ndata: ${base64(`i: ${host}/app:v1`)}\nEOT`,
      ['main.tf:4: an image of the stack is written'],
    ],
    ['packed', `"${gzipSync('image: acme/side:v4').toString('base64')}"`, otherwise],
    ['decoded', `base64decode("${base64('acme/side:v4')}")`, parts],
    ['of another image', `"${base64('image: acme/sides:v4')}"`, `"${base64('image: acme/sides:v4')}"`],
  ]),
  ...values('a writing of another reader', [
    ["a URL's", `"x=${host}%2Fapp:v1"`, otherwise],
    ["YAML's", `<<EOT\nimage: "acme\\x2fside:v4"\nEOT`, ['main.tf:3: an image of the stack is written']],
    [
      'quotes between',
      `<<EOT\ndocker pull "acme"/'side':v4\nEOT`,
      ['main.tf:3: an image of the stack is written'],
    ],
    [
      'a quoted variable',
      '<<EOT\ndocker pull "$REGISTRY"/app:v1\nEOT',
      ['main.tf:3: an image of the stack is written'],
    ],
  ]),
  ...shapes('a host that stands apart', [
    [
      'attributes of a chart',
      `locals {\n  a = yamlencode({\n    registry   = "${host}"\n    repository = "app"\n    tag = "v4"\n  })\n}\n`,
      [`main.tf:3: the host "${host}" stands apart`],
    ],
    [
      'set of a chart',
      `resource "helm_release" "n" {\n  set {\n    name  = "image.registry"\n    value = "${host}"\n  }\n  set {\n    name  = "image.repository"\n    value = "side"\n  }\n}\n`,
      [`main.tf:4: the host "${host}" stands apart`],
    ],
    [
      'a heredoc of YAML',
      `locals {\n  a = <<EOT\nimage:\n  registry: ${host}\n  repository: app\nEOT\n}\n`,
      [`main.tf:4: the host "${host}" stands apart`],
    ],
    [
      'a variable of every stack',
      {
        'config.tfvars': `registry = "${host}"\n`,
        'stacks/x/main.tf':
          'variable "registry" {}\nlocals {\n  a = { registry = var.registry, repository = "app" }\n}\n',
      },
      [`main.tf:3: the host "${host}" stands apart`],
    ],
    [
      'a variable of every stack that this one does not ask for',
      { 'config.tfvars': `registry = "${host}"\n`, 'stacks/x/main.tf': 'locals {\n  a = "app"\n}\n' },
      [],
    ],
    [
      'a host in a sum of a program',
      { 'stacks/x/files/p.py': `image = "${host}" + "/" + name\nname = "app"\n` },
      [`files/p.py:1: the host "${host}" stands apart`],
    ],
    [
      'branches of a template',
      `locals {\n  a = "%{ if var.x }${host}%{ else }ghcr.io%{ endif }/app:v1"\n  b = "app"\n}\n`,
      ['main.tf:2: the host comes from an expression'],
    ],
    [
      'a login, by its key',
      `locals {\n  a = jsonencode({ auths = { "${host}" = { auth = var.auth } } })\n  b = "app"\n}\n`,
      `locals {\n  a = jsonencode({ auths = { "${host}" = { auth = var.auth } } })\n  b = "app"\n}\n`,
    ],
    ['with no name of its image', `locals {\n  a = "${host}"\n}\n`, `locals {\n  a = "${host}"\n}\n`],
    [
      'a page of it',
      `locals {\n  a = "https://${host}"\n  b = "app"\n}\n`,
      `locals {\n  a = "https://${host}"\n  b = "app"\n}\n`,
    ],
  ]),
  ...shapes('an image that nothing here tells', [
    [
      'from data',
      'resource "t" "n" {\n  image = data.d.e.image\n}\n',
      ['main.tf:2: the image comes from an expression that cannot be read'],
    ],
    [
      'from a variable that nobody gives',
      'variable "i" {}\nresource "t" "n" {\n  container {\n    image = var.i\n  }\n}\n',
      ['main.tf:4: the image comes from an expression that cannot be read'],
    ],
    [
      'from an output of a module',
      'module "m" {\n  source = "./m"\n}\nresource "t" "n" {\n  main_image = module.m.image\n}\n',
      ['main.tf:5: the image comes from an expression that cannot be read'],
    ],
    [
      'from a variable with a value',
      'variable "i" {\n  default = "nginx:1"\n}\nresource "t" "n" {\n  image = var.i\n}\n',
      'variable "i" {\n  default = "nginx:1"\n}\nresource "t" "n" {\n  image = var.i\n}\n',
    ],
    [
      'from each object of a map',
      'resource "t" "n" {\n  for_each = { a = { image = "acme/side:v4" } }\n  image    = each.value.image\n}\n',
      'resource "t" "n" {\n  for_each = { a = { image = local.side_image } }\n  image    = each.value.image\n}\n',
    ],
  ]),
  ...shapes('a key of for_each, in other words', [
    [
      'toset of a local',
      'locals {\n  l = ["acme/side:v4"]\n}\nresource "t" "n" {\n  for_each = toset(local.l)\n}\n',
      forEach(5),
    ],
    [
      'a name in an object',
      'locals {\n  l = { i = ["acme/side:v4"] }\n}\nresource "t" "n" {\n  for_each = toset(local.l.i)\n}\n',
      forEach(5),
    ],
    ['a loop', 'resource "t" "n" {\n  for_each = { for i in ["acme/side:v4"] : i => 1 }\n}\n', forEach(2)],
    [
      'a loop over values',
      'resource "t" "n" {\n  for_each = { for k, v in { a = "acme/side:v4" } : v => k }\n}\n',
      forEach(2),
    ],
    ['zipmap', 'resource "t" "n" {\n  for_each = zipmap(["acme/side:v4"], [1])\n}\n', forEach(2)],
    [
      'toset of values',
      'resource "t" "n" {\n  for_each = toset(values({ a = "acme/side:v4" }))\n}\n',
      forEach(2),
    ],
    [
      'merge',
      'resource "t" "n" {\n  for_each = merge({ a = 1 }, { "x-${"acme/side:v4"}" = 1 })\n}\n',
      [...forEach(2), 'main.tf:2: the name is a part'],
    ],
    [
      "a module's variable",
      {
        'stacks/x/main.tf': 'module "m" {\n  source = "./m"\n  images = ["acme/side:v4"]\n}\n',
        'stacks/x/m/main.tf': 'variable "images" {}\nresource "t" "n" {\n  for_each = toset(var.images)\n}\n',
      },
      ['m/main.tf:3: a key of for_each would change'],
    ],
    [
      "a module's map, by its values",
      {
        'stacks/x/main.tf':
          'module "m" {\n  source = "./m"\n  apps = { a = { image = "acme/side:v4" } }\n}\n',
        'stacks/x/m/main.tf': 'variable "apps" {}\nresource "t" "n" {\n  for_each = var.apps\n}\n',
      },
      [],
    ],
  ]),
  ...shapes('ignore_changes, further away', [
    [
      'in a called module',
      {
        'stacks/x/main.tf': 'module "m" {\n  source = "./m"\n  image = "acme/side:v4"\n}\n',
        'stacks/x/m/main.tf':
          'variable "image" {}\nresource "t" "n" {\n  image = var.image\n  lifecycle {\n    ignore_changes = [image]\n  }\n}\n',
      },
      ['m/main.tf:3: the new image would never reach'],
    ],
    [
      'in an override of JSON',
      {
        'stacks/x/main.tf': 'resource "t" "n" {\n  image = "acme/side:v4"\n}\n',
        'stacks/x/a_override.tf.json': '{"resource":{"t":{"n":{"lifecycle":{"ignore_changes":["image"]}}}}}',
      },
      ['main.tf:2: the new image would never reach'],
    ],
    [
      'in JSON that refers to it',
      {
        'stacks/x/main.tf': 'locals {\n  i = "acme/side:v4"\n}\n',
        'stacks/x/n.tf.json':
          '{"resource":{"t":{"n":{\n"image":"${local.i}",\n"lifecycle":{"ignore_changes":["image"]}}}}}',
      },
      ['n.tf.json:2: the new image would never reach'],
    ],
    [
      'of what a loop gives',
      'locals {\n  l = [{ i = "acme/side:v4" }]\n}\nresource "t" "n" {\n  image = [for o in local.l : o.i][0]\n  lifecycle {\n    ignore_changes = [image]\n  }\n}\n',
      ['main.tf:5: the new image would never reach'],
    ],
  ]),
  ...shapes('a file by another way', [
    ...(
      [
        [
          'read_terragrunt_config',
          'locals {\n  c = read_terragrunt_config("../../common.hcl")\n}\n',
          'common.hcl',
          'inputs = {\n  i = "acme/side:v4"\n}\n',
          2,
        ],
        [
          'an include of another name',
          'include "env" {\n  path = find_in_parent_folders("env.hcl")\n}\n',
          'stacks/env.hcl',
          'inputs = { i = "acme/side:v4" }\n',
          1,
        ],
        [
          'what an include includes',
          'include "env" {\n  path = "${get_repo_root()}/live/env.hcl"\n}\n',
          'live/env.hcl',
          'locals {\n  y = "../images.yaml"\n}\n',
          0,
        ],
        [
          'yamldecode of a file',
          'inputs = yamldecode(file("../../images.yaml"))\n',
          'images.yaml',
          'i: acme/side:v4\n',
          1,
        ],
        [
          'a file in a folder above',
          'inputs = jsondecode(file(find_in_parent_folders("images.json")))\n',
          'images.json',
          '{"i": "acme/side:v4"}',
          1,
        ],
        [
          'the folder of what is above',
          'inputs = yamldecode(file("${dirname(find_in_parent_folders())}/images.yaml"))\n',
          'images.yaml',
          'i: acme/side:v4\n',
          1,
        ],
        [
          'a file of variables by an argument',
          'terraform {\n  extra_arguments "v" {\n    commands = ["plan"]\n    required_var_files = ["${get_parent_terragrunt_dir()}/env/a.tfvars"]\n  }\n}\n',
          'env/a.tfvars',
          'i = "acme/side:v4"\n',
          1,
        ],
      ] as const
    ).map(([what, terragrunt, path, text, line]): Row => [
      what,
      {
        'stacks/x/terragrunt.hcl': terragrunt,
        [path]: text,
        ...(line === 0 ? { 'images.yaml': 'i: acme/side:v4\n' } : {}),
      },
      [`../../${line === 0 ? 'images.yaml' : path}:${line || 1}: spells an image`],
    ]),
    ...(
      [
        [
          'fileset',
          '[for f in fileset("${path.module}/../../shared", "*.yaml") : file("${path.module}/../../shared/${f}")]',
        ],
        ['a path in a local', 'templatefile("${local.d}/j.yaml", {})\n  d = "${path.module}/../../shared"'],
        ['a path that ends in a variable', 'file("../../shared/${var.n}.yaml")'],
        ['a path put together', 'file(join("/", [path.root, "..", "..", "shared", "j.yaml"]))'],
        ['abspath', 'file(abspath("${path.cwd}/../../shared/j.yaml"))'],
      ] as const
    ).map(([what, value]): Row => [
      what,
      { 'stacks/x/main.tf': `locals {\n  a = ${value}\n}\n`, 'shared/j.yaml': 'a: 1\nimage: acme/side:v4\n' },
      ['../../shared/j.yaml:2: spells an image'],
    ]),
    [
      'a path that nothing tells',
      'locals {\n  a = file(var.path)\n}\n',
      ['main.tf:2: file() reads a file whose path cannot'],
    ],
    [
      'another stack, which is not read',
      {
        'stacks/x/terragrunt.hcl': 'dependency "y" {\n  config_path = "../y"\n}\n',
        'stacks/y/terragrunt.hcl': '',
        'stacks/y/main.tf': 'locals {\n  a = "acme/side:v4"\n}\n',
      },
      [],
    ],
    [
      'a module called in JSON',
      {
        'stacks/x/m.tf.json':
          '{"module":{"n":{"source":"../../modules/n","r":"${local.h}"}},"locals":{"h":"registry.viktorbarzin.me"}}',
        'modules/n/main.tf': 'variable "r" {}\nlocals {\n  a = "${var.r}/app:v1"\n  b = "acme/side:v4"\n}\n',
      },
      ['../../modules/n/main.tf:4: spells an image', '../../modules/n/main.tf:3: the image is put together'],
    ],
    [
      'JSON that refers to what moves',
      {
        'stacks/x/main.tf': 'locals {\n  i = "acme/side:v4"\n}\n',
        'stacks/x/n.tf.json': '{"locals": {\n"j": "${local.i}-dev"}}',
      },
      ['n.tf.json:2: the name goes on in or behind'],
    ],
    [
      'a shell line that goes on in the next',
      { 'stacks/x/files/p.sh': 'docker pull acme/\\\n  side:v4\n' },
      ['files/p.sh:1: spells an image'],
    ],
    [
      'base64 in YAML',
      { 'stacks/x/files/s.yaml': `data: ${base64(`{"image":"${host}/app:v1"}`)}\n` },
      ['files/s.yaml:1: an image of the stack is written'],
    ],
  ]),
  ...shapes('a validation', [
    [
      'its condition',
      'variable "i" {\n  validation {\n    condition = var.i == "acme/side:v4"\n  }\n}\n',
      ["main.tf:3: a variable's validation cannot refer to a local"],
    ],
  ]),
  ...values('a spelling that nobody expects', [
    ['substr', 'substr("xacme/side:v4", 1, 20)', parts],
    ['join of a loop', 'join("", [for p in ["acme", "/", "side:v4"] : p])', parts],
    ['hexadecimal', `"${Buffer.from('acme/side:v4').toString('hex')}"`, otherwise],
    ['base64 in base64', `"${base64(base64('image: acme/side:v4'))}"`, otherwise],
    [
      'a heredoc whose line goes on',
      '<<EOT\ndocker pull acme/\\\n  side:v4\nEOT',
      ['main.tf:3: an image of the stack is'],
    ],
    ['a question for the host', `startswith(var.i, "${host}/")`, takesApart('startswith')],
    [
      'a pattern of the host',
      '"x"\n  b = can(regex("^registry\\\\.viktorbarzin\\\\.me/", var.i))',
      ['main.tf:3: regex() takes'],
    ],
    [
      'a choice by an index',
      `{ p = "${host}" }\n  b = "\${local.a[var.e]}/app:v1"`,
      ['main.tf:3: the image is put'],
    ],
    ['a lookup', `"\${lookup({ p = "${host}" }, var.e)}/app:v1"`, parts],
    ['a protocol left open', `"//${host}/app:v1"`, ['main.tf:2: it is a part of a longer name']],
  ]),
  ...shapes('a spelling that nobody expects', [
    [
      'a template in which the name goes on',
      {
        'stacks/x/main.tf': `locals {\n  m = templatefile("./m.tpl", { image = "${host}/app" })\n}\n`,
        'stacks/x/m.tpl': 'image: ${image}-dev:v1\n',
      },
      ['m.tpl:1: the name goes on in or behind'],
    ],
    [
      'a template that takes the name as a whole',
      {
        'stacks/x/main.tf': `locals {\n  m = templatefile("./m.tpl", { image = "${host}/app" })\n}\n`,
        'stacks/x/m.tpl': 'image: ${image}:v1\n',
      },
      [],
    ],
    [
      'a template that joins a host and a name nobody knows',
      {
        'stacks/x/main.tf': `locals {\n  m = templatefile("./m.tpl", { h = "${host}", n = var.n })\n}\n`,
        'stacks/x/m.tpl': 'image: ${h}/${n}:v1\n',
      },
      ['m.tpl:1: the name comes from an expression', `main.tf:2: the host "${host}" stands apart`],
    ],
    [
      'a host that goes into each module',
      {
        'stacks/x/main.tf': `module "m" {\n  source = "./m"\n  for_each = { a = "${host}" }\n  r = each.value\n}\n`,
        'stacks/x/m/main.tf': 'variable "r" {}\nlocals {\n  i = "${var.r}/app:v1"\n}\n',
      },
      ['m/main.tf:3: the image is put together'],
    ],
    [
      'a host by the name of an iterator',
      `resource "t" "n" {\n  dynamic "c" {\n    for_each = ["${host}"]\n    iterator = it\n    content {\n      image = "\${it.value}/app:v1"\n    }\n  }\n}\n`,
      ['main.tf:6: the image is put together'],
    ],
    [
      'a loop by the index',
      'resource "t" "n" {\n  for_each = { for i, v in ["acme/side:v4"] : i => v }\n}\n',
      'resource "t" "n" {\n  for_each = { for i, v in [local.side_image] : i => v }\n}\n',
    ],
    ...[
      '../../modules/n',
      '${get_path_to_repo_root()}//modules/n',
      '${path_relative_from_include()}/modules//n',
    ].map((source): Row => [
      `a module called by Terragrunt as ${source}`,
      {
        'stacks/x/terragrunt.hcl': `terraform {\n  source = "${source}"\n}\n`,
        'modules/n/main.tf': 'locals {\n  a = "acme/side:v4"\n}\n',
      },
      ['../../modules/n/main.tf:2: spells an image'],
    ]),
    [
      'a folder that is called as the stack is',
      {
        'stacks/x/terragrunt.hcl':
          'terraform {\n  source = "${get_repo_root()}/live/${path_relative_to_include()}"\n}\n',
        'live/stacks/x/main.tf': 'locals {\n  a = "acme/side:v4"\n}\n',
      },
      ['../../live/stacks/x/main.tf:2: spells an image'],
    ],
  ]),
  ...(
    [
      ['behind its variable', '$IMAGE-dev'],
      ['behind its braces', '${IMAGE}-dev'],
      ['behind its quotes, another tag', '"$IMAGE":x'],
      ['behind a default', '${IMAGE:-nginx}-dev'],
      ['taken apart', '${IMAGE%:*}:dev'],
      ['replaced in part', '${IMAGE/v4/v5}'],
      ['below a mirror', 'mirror.example/$IMAGE'],
      ['as it is', '$IMAGE', ''],
      ['as it is, in quotes and with a default', '"${IMAGE:?is not set}"', ''],
      ['another variable', '$IMAGE_DEV-x', ''],
    ] as const
  ).flatMap(([what, word, fault]) => {
    const escaped = word.replace('${', () => '$${');
    const ways: readonly (readonly [string, string, Readonly<Record<string, string>>, string])[] = [
      [
        'an env block',
        'resource "t" "n" {\n  env {\n    name  = "IMAGE"\n    value = "acme/side:v4"\n  }\n}\n',
        { 'files/p.sh': `x\ndocker pull ${word}\n` },
        'files/p.sh:2',
      ],
      [
        'a member',
        'locals {\n  e = { IMAGE = "acme/side:v4" }\n}\n',
        { 'more.tf': `locals {\n  c = <<EOT\ndocker pull ${escaped}\nEOT\n}\n` },
        'more.tf:3',
      ],
      [
        'its own script',
        `locals {\n  c = <<EOT\nexport IMAGE="acme/side:v4"\ndocker pull ${escaped}\nEOT\n}\n`,
        {},
        'main.tf:4',
      ],
      [
        'YAML',
        `locals {\n  c = <<EOT\nenv:\n- name: IMAGE\n  value: acme/side:v4\nrun: docker pull ${escaped}\nEOT\n}\n`,
        {},
        'main.tf:6',
      ],
      [
        'a map of YAML',
        `locals {\n  c = <<EOT\nIMAGE: acme/side:v4\nrun: docker pull ${escaped}\nEOT\n}\n`,
        {},
        'main.tf:4',
      ],
    ];
    return shapes(
      'an image from the environment',
      ways.map(([way, main, more, where]): Row => [
        `of ${way}, ${what}`,
        {
          'stacks/x/main.tf': main,
          ...Object.fromEntries(Object.entries(more).map(([path, text]) => [`stacks/x/${path}`, text])),
        },
        fault === '' ? [] : [`${where}: `],
      ]),
    );
  }),
  ...shapes('an image from the environment', [
    [
      'of Kubernetes',
      'resource "t" "n" {\n  env {\n    name  = "IMAGE"\n    value = "acme/side:v4"\n  }\n  args = ["$(IMAGE)-dev"]\n}\n',
      ['main.tf:6: the name goes on in or behind'],
    ],
    [
      'without its tag, which a script gives',
      {
        'stacks/x/main.tf': `locals {\n  e = { IMAGE = "${host}/app" }\n}\n`,
        'stacks/x/p.sh': 'docker pull "$IMAGE":v1\n',
      },
      [],
    ],
  ]),
  ...shapes('a short name in a list', [
    ['of JSON', { 'stacks/x/a.json': '[\n"nginx",\n"acme/side"]' }, ['a.json:3: spells an image']],
    [
      'of JSON, in one line',
      { 'stacks/x/a.json': '["nginx","acme/side:v4"]' },
      ['a.json:1: spells an image'],
    ],
    [
      'of variables',
      { 'stacks/x/a.auto.tfvars.json': '{"i":\n["acme/side"]}' },
      ['a.auto.tfvars.json:2: spells'],
    ],
    ['of Terraform', { 'stacks/x/a.tf.json': '{"locals":\n{"i": ["acme/side"]}}' }, ['a.tf.json:2: spells']],
    ['of YAML', { 'stacks/x/a.yaml': 'i:\n- nginx\n- acme/side\n' }, ['a.yaml:3: spells']],
    ['of YAML, in one line', { 'stacks/x/a.yaml': 'i: [nginx,acme/side]\n' }, ['a.yaml:1: spells']],
  ]),
  ...shapes(
    'ignore_changes, within a value',
    (
      [
        [
          'a field of a manifest',
          'manifest = { spec = { image = "acme/side:v4" } }',
          'manifest.spec.image',
          true,
        ],
        [
          'around a field of a manifest',
          'manifest = { spec = { image = "acme/side:v4" } }',
          'manifest.spec',
          true,
        ],
        [
          'another field of it',
          'manifest = { spec = { image = "acme/side:v4" }, metadata = {} }',
          'manifest.metadata',
          false,
        ],
        ['values of a chart', 'values = [jsonencode({ i = "acme/side:v4" })]', 'values[0]', true],
        ['a field by its key', 'a = { "x/y" = "acme/side:v4", z = 1 }', 'a["x/y"]', true],
        ['another key', 'a = { "x/y" = "acme/side:v4", z = 1 }', 'a["z"]', false],
        ['a member of a list', 'c = [{ i = "a" }, { i = "acme/side:v4" }]', 'c[1].i', true],
        ['another member of a list', 'c = [{ i = "a" }, { i = "acme/side:v4" }]', 'c[0].i', false],
        ['what a local holds', 'manifest = local.m', 'manifest.spec', true],
      ] as const
    ).map(([what, line, entry, isHeld]): Row => [
      what,
      {
        'stacks/x/main.tf': `resource "t" "n" {\n  ${line}\n  lifecycle {\n    ignore_changes = [${entry}]\n  }\n}\n`,
        'stacks/x/local.tf': 'locals {\n  m = { spec = { image = "acme/side:v4" } }\n}\n',
      },
      isHeld ? ['main.tf:2: the new image would never reach the cluster'] : [],
    ]),
  ),
  ...shapes('a name that goes on, in other words', [
    [
      'in the template of a provider',
      'data "template_file" "x" {\n  template = "image: $${i}-dev"\n  vars = { i = "acme/side:v4" }\n}\n',
      ['main.tf:2: the name goes on in or behind'],
    ],
    ...(
      [
        ['by format', 'format("%s-dev", local.a)', 'the name goes on in or behind'],
        ['by join', 'join("-", [local.a, "dev"])', 'the name goes on in or behind'],
        ['by replace', 'replace(local.a, "side", "side-dev")', 'replace() takes'],
        ['behind a suffix that is cut off', '"${trimsuffix(local.a, ":v4")}-dev"', 'trimsuffix() takes'],
        ['behind a split', 'element(split(":", local.a), 0)', 'split() takes'],
        ['in templatestring', 'templatestring("${x}-dev", { x = local.a })', 'templatestring() takes'],
      ] as const
    ).map(([what, value, fault]): Row => [
      what,
      `locals {\n  a = "acme/side:v4"\n  b = ${value}\n}\n`,
      [`main.tf:3: ${fault}`],
    ]),
  ]),
];
