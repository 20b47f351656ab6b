import type { TerraformElement, TerraformResource } from 'cdktf';

/**
 * Gives a resource or data source its fixed Terraform address. Addresses are a contract with the existing state:
 * a generated suffix would make Terraform destroy the old object and create a new one.
 */
export function atAddress<E extends TerraformElement>(element: E, name: string): E {
  element.overrideLogicalId(name);
  return element;
}

/**
 * As `atAddress`, for a resource that may live at `movedFrom` in the existing state; emits a `moved` block then.
 *
 * The address is set before the move: cdktf ignores `overrideLogicalId` once anything has read the old one.
 */
export function movedToAddress(resource: TerraformResource, name: string, movedFrom?: string): void {
  atAddress(resource, name);
  if (movedFrom !== undefined) resource.moveFromId(movedFrom);
}
