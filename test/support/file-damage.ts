import { chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Something done to a registry, and how it is put right. */
export interface Damage {
  readonly apply: () => unknown;
  readonly heal: () => unknown;
}

/** Damage to a file or a folder, which is put back as it was. */
export function onDisk(path: string, damage: (path: string) => unknown): Damage {
  const copy = join(mkdtempSync(join(dirname(path), '.kept-')), 'copy');
  return {
    apply: () => {
      cpSync(path, copy, { recursive: true });
      return damage(path);
    },
    heal: () => {
      rmSync(path, { recursive: true, force: true });
      cpSync(copy, path, { recursive: true });
      rmSync(dirname(copy), { recursive: true });
    },
  };
}

export function remove(path: string): void {
  rmSync(path, { recursive: true });
}

export function cut(path: string): void {
  writeFileSync(path, readFileSync(path).subarray(0, 700));
}

/** Who is not root, or root without its override, may not open it any more. */
export function deny(path: string): void {
  chmodSync(path, 0o000);
}

export function garble(path: string): void {
  writeFileSync(path, '{}');
}

export function flipBit(path: string): void {
  const body = readFileSync(path);
  body.writeUInt8(body.readUInt8(600) ^ 1, 600);
  writeFileSync(path, body);
}

/** Puts the bytes of another file in the place of its own. */
export function swapFor(other: string): (path: string) => void {
  return (path) => {
    copyFileSync(other, path);
  };
}
