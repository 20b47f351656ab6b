import type { Estate } from '../estate/estate';
import type { User } from './cloud-config';

/** The administrator's login on every machine, by key; the password is for the console. */
export function adminUser({ nodes: { admin } }: Estate): User {
  return {
    name: admin.name,
    sudo: 'ALL=(ALL) NOPASSWD:ALL',
    shell: '/bin/bash',
    ssh_authorized_keys: [[{ vault: admin.sshPublicKey }]],
    hashed_passwd: [{ vault: admin.passwordHash }],
  };
}
