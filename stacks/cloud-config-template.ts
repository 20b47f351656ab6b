import { type CloudConfig, renderCloudConfig } from '../cloud-init/cloud-config';
import { contentText, secretsOf } from '../cloud-init/content';
import type { Content, SecretReference } from '../cloud-init/managed-file';
import { literal } from '../constructs/literal';

/** A variable that a template needs, and the Vault key whose value it takes, or an htpasswd line of that value. */
export interface TemplateVariable {
  readonly name: string;
  readonly vault: SecretReference['vault'];
}

/** A cloud-config as Terraform's `templatefile` reads it. */
export interface CloudConfigTemplate {
  readonly text: string;
  /** Each once, by name. */
  readonly variables: readonly TemplateVariable[];
}

/**
 * The same cloud-config with a Terraform expression wherever text holds a secret, and every other `${` and `%{` escaped.
 * Terraform encodes such text as JSON, which YAML reads: no value of a secret can end the line it stands in.
 */
export function cloudConfigTemplate(config: CloudConfig): CloudConfigTemplate {
  const expressions: string[] = [];
  const variables = new Map<string, SecretReference['vault']>();
  const marked = renderCloudConfig(config, (content) => {
    if (secretsOf(content).length === 0) return contentText(content, variableName);
    for (const secret of secretsOf(content)) variables.set(variableName(secret), secret.vault);
    return marker(expressions.push(encoded(content)) - 1);
  });
  return {
    text: expressions.reduce(
      (text, expression, index) => text.replace(marker(index), () => `\${${expression}}`),
      literal(marked),
    ),
    variables: [...variables]
      .map(([name, vault]) => ({ name, vault }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** Stands for a whole scalar while YAML is printed; a private-use character, which no file of ours may hold. */
function marker(index: number): string {
  return `\uE000${index}\uE000`;
}

function encoded(content: Content): string {
  const parts = content.map((part) =>
    typeof part === 'string' ? literal(JSON.stringify(part)) : value(part),
  );
  return `jsonencode(join("", [${parts.join(', ')}]))`;
}

function value(secret: SecretReference): string {
  return secret.as === 'base64' ? `base64encode(${variableName(secret)})` : variableName(secret);
}

/** An htpasswd line has a variable of its own: Terraform's bcrypt gives another one at every plan. */
function variableName({ vault, as }: SecretReference): string {
  const name = `${vault.path}_${vault.key}`.replaceAll(/[^A-Za-z0-9]+/g, '_');
  return as === 'htpasswd' ? `${name}_htpasswd` : name;
}
