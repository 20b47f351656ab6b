import type { Estate } from '../estate/estate';
import type { User } from './cloud-config';

/** A login that may become root without a password. */
export function sudoer(name: string): Pick<User, 'name' | 'sudo' | 'shell'> {
  return { name, sudo: 'ALL=(ALL) NOPASSWD:ALL', shell: '/bin/bash' };
}

/** The administrator's login on every machine, by key; the password is for the console. */
export function adminUser({ nodes: { admin } }: Estate): User {
  return {
    ...sudoer(admin.name),
    ssh_authorized_keys: [[{ vault: admin.sshPublicKey }]],
    hashed_passwd: [{ vault: admin.passwordHash }],
  };
}
