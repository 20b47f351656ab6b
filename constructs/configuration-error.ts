import type { Construct } from 'constructs';

/** A fault in what a construct was given. The message begins with the construct's path. */
export class ConfigurationError extends Error {
  constructor(scope: Construct, message: string) {
    super(`${scope.node.path}: ${message}`);
    this.name = 'ConfigurationError';
  }
}
