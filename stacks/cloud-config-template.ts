import { type CloudConfig, renderCloudConfig } from '../cloud-init/cloud-config';
import { contentText, secretPlaceholder, secretsOf } from '../cloud-init/content';
import type { Content } from '../cloud-init/managed-file';
import { literal } from '../constructs/literal';
import type { VaultKey } from '../estate/tokens';

/**
 * The same cloud-config as a Terraform template: an expression wherever text holds a secret, and every other `${` and
 * `%{` escaped. Terraform encodes such text as JSON, which YAML reads: no value of a secret can end the line it stands in.
 *
 * @param valueOf the Terraform expression of a secret's value, without `${}`
 */
export function cloudConfigTemplate(config: CloudConfig, valueOf: (vault: VaultKey) => string): string {
  const expressions: string[] = [];
  const marked = renderCloudConfig(config, (content) =>
    secretsOf(content).length === 0
      ? contentText(content, secretPlaceholder)
      : marker(expressions.push(encoded(content, valueOf)) - 1),
  );
  return expressions.reduce(
    (text, expression, index) => text.replace(marker(index), () => `\${${expression}}`),
    literal(marked),
  );
}

/** Stands for a whole scalar while YAML is printed; a private-use character, which no file of ours may hold. */
function marker(index: number): string {
  return `\uE000${index}\uE000`;
}

function encoded(content: Content, valueOf: (vault: VaultKey) => string): string {
  const parts = content.map((part) =>
    typeof part === 'string' ? literal(JSON.stringify(part)) : valueOf(part.vault),
  );
  return `jsonencode(join("", [${parts.join(', ')}]))`;
}
