/** Compose's name of a registry's service, which is also the name of its container and its name in their DNS. */
export function serviceOf(name: string): string {
  return `registry-${name}`;
}

/** Where a registry's container has its configuration. */
export const configTarget = '/etc/docker/registry/config.yml';
