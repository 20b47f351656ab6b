import type { RetentionConfig } from '../programs/retention/config';
import type * as Loaded from '../stacks/retention-config';

/**
 * What the estate's job is told. Loaded when it is needed: Terraform's bindings take a second, which no other command should pay.
 */
export function ofTheJob(): RetentionConfig {
  // import() would need other file extensions than jest's.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const loaded = require('../stacks/retention-config') as typeof Loaded;
  return loaded.estateRetentionConfig();
}
