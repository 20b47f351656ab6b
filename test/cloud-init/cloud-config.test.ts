import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type CloudConfig, renderCloudConfig } from '../../cloud-init/cloud-config';
import type { ManagedFile } from '../../cloud-init/managed-file';

const key = { vault: { path: 'viktor', key: 'ssh_public_key' } };
const user = {
  name: 'wizard',
  sudo: 'ALL=(ALL) NOPASSWD:ALL',
  shell: '/bin/bash',
  ssh_authorized_keys: [[key]],
};
const file: ManagedFile = { path: '/etc/motd', mode: '0644', content: ['on\n'], effect: 'none' };
const config: CloudConfig = {
  users: [user],
  aptSources: {},
  packages: ['kubelet', 'qemu-guest-agent'],
  write_files: [file],
  runcmd: [['swapon', '/swap.img']],
};

/** What is wrong, the change that makes it so, and the message its owner reads. */
const refused: readonly (readonly [string, Partial<CloudConfig>, string])[] = [
  [
    'a newline in a command (incident 46)',
    { runcmd: [['true'], ['sh', '-c', 'sed -i s/a/b/ /x\nsystemctl restart containerd']] },
    'cloudConfig.runcmd[1]: holds a newline, got "sed -i s/a/b/ /x\\nsystemctl restart containerd"; write the text as a file of write_files and run that',
  ],
  [
    'a command without a program',
    { runcmd: [[]] },
    'cloudConfig.runcmd[0]: has an empty argument, got ""; write a program and its arguments, one an item',
  ],
  [
    'a user without a key (incident 47)',
    { users: [{ ...user, ssh_authorized_keys: [] }] },
    'cloudConfig.users["wizard"].ssh_authorized_keys: is empty, got ""; name the Vault key of an ssh public key',
  ],
  [
    'an empty key (incident 47)',
    { users: [{ ...user, ssh_authorized_keys: [['']] }] },
    'cloudConfig.users["wizard"].ssh_authorized_keys: is empty, got ""; write its content or leave it out',
  ],
  [
    'a key by a reference that names nothing',
    { users: [{ ...user, ssh_authorized_keys: [[{ vault: { path: 'viktor', key: '' } }]] }] },
    'cloudConfig.users["wizard"].ssh_authorized_keys: a secret names nothing, got "viktor:"; write its Vault path and key',
  ],
  [
    'two keys in one item',
    { users: [{ ...user, ssh_authorized_keys: [['ssh-ed25519 A\nssh-ed25519 B']] }] },
    'cloudConfig.users["wizard"].ssh_authorized_keys: holds a newline, got "ssh-ed25519 A\\nssh-ed25519 B"; write one key an item',
  ],
  [
    'an empty password hash',
    { users: [{ ...user, hashed_passwd: [' '] }] },
    'cloudConfig.users["wizard"].hashed_passwd: is empty, got " "; write its content or leave it out',
  ],
  [
    'two files at one path',
    { write_files: [file, file] },
    'cloudConfig.write_files["/etc/motd"]: two files are written here, got "/etc/motd" twice; keep one of them',
  ],
  [
    'a relative path',
    { write_files: [{ ...file, path: 'etc/motd' }] },
    'cloudConfig.write_files["etc/motd"]: is not an absolute path, got "etc/motd"; begin with "/", without ".." and blanks',
  ],
  [
    'a path that climbs',
    { write_files: [{ ...file, path: '/etc/../root/x' }] },
    'cloudConfig.write_files["/etc/../root/x"]: is not an absolute path, got "/etc/../root/x"',
  ],
  [
    'a mode that is none of ours',
    { write_files: [{ ...file, mode: '644' as '0644' }] },
    'cloudConfig.write_files["/etc/motd"]: mode is unknown, got "644"; write one of "0600", "0644", "0755"',
  ],
  [
    'an empty file',
    { write_files: [{ ...file, content: [] }] },
    'cloudConfig.write_files["/etc/motd"]: is empty, got ""; write its content or leave it out',
  ],
  [
    'a duplicate TOML table (incident 46)',
    {
      write_files: [{ ...file, path: '/etc/containerd/config.toml', content: ['[a]\nb = 1\n[a]\nc = 2\n'] }],
    },
    'cloudConfig.write_files["/etc/containerd/config.toml"]: its name promises toml but it does not parse, got "Invalid TOML document: trying to redefine an already defined table or value"; render it from an object',
  ],
  [
    'a duplicate YAML key',
    { write_files: [{ ...file, path: '/etc/kubernetes/a.yaml', content: ['a: 1\na: 2\n'] }] },
    'cloudConfig.write_files["/etc/kubernetes/a.yaml"]: its name promises yaml but it does not parse, got "Map keys must be unique',
  ],
  [
    'JSON that is none',
    { write_files: [{ ...file, path: '/etc/docker/daemon.json', content: ['{,}'] }] },
    'cloudConfig.write_files["/etc/docker/daemon.json"]: its name promises json but it does not parse, got "',
  ],
  [
    'a carriage return',
    { write_files: [{ ...file, content: ['a\r\n'] }] },
    'cloudConfig.write_files["/etc/motd"]: holds a control or private-use character or half of one, got "\\u000d"; write text with "\\n" and "\\t" alone',
  ],
  [
    'half of a character',
    { write_files: [{ ...file, content: ['a\ud800'] }] },
    'cloudConfig.write_files["/etc/motd"]: holds a control or private-use character or half of one, got "\\ud800"',
  ],
  [
    'a character that YAML changes beside a secret',
    { write_files: [{ ...file, content: ['a\u0085', key] }] },
    'cloudConfig.write_files["/etc/motd"]: holds a character that YAML changes beside a secret',
  ],
];

describe('a cloud-config', () => {
  test('is the object that it was printed from', () => {
    const text = renderCloudConfig(config);
    expect(text.split('\n')[0]).toBe('#cloud-config');
    expect(parse(text, { schema: 'yaml-1.1' })).toEqual({
      users: [
        {
          name: 'wizard',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          shell: '/bin/bash',
          ssh_authorized_keys: ['<secret/viktor:ssh_public_key>'],
          lock_passwd: true,
        },
      ],
      apt: { sources: {} },
      package_update: true,
      package_upgrade: true,
      packages: ['kubelet', 'qemu-guest-agent'],
      runcmd: [['swapon', '/swap.img']],
      write_files: [{ path: '/etc/motd', owner: 'root:root', permissions: '0644', content: 'on\n' }],
    });
  });

  test('carries the words of YAML 1.1 as text', () => {
    const words = ['on', 'no', '0644', '12:30:00', '1_000', '~', '=', '2026-11-22'];
    const text = renderCloudConfig({ ...config, runcmd: [words] });
    expect(parse(text, { schema: 'yaml-1.1' })).toMatchObject({ runcmd: [words] });
  });

  test.each(['a\u2028b', 'a\u2029b', 'a\u0085b', '\ufeffa', 'a\u009bb', 'a\uffffb'])(
    'carries a file with %j as bytes, which YAML readers would change',
    (text) => {
      const rendered = renderCloudConfig({ ...config, write_files: [{ ...file, content: [text] }] });
      const { write_files: files } = parse(rendered, { schema: 'yaml-1.1' }) as {
        write_files: { encoding: string; content: string }[];
      };
      expect(files[0]?.encoding).toBe('b64');
      expect(Buffer.from(files[0]?.content ?? '', 'base64').toString()).toBe(text);
      expect(rendered).toMatch(/^[\x20-\x7e\n]*$/);
    },
  );

  test.each(refused)('with %s is refused', (_what, change, message) => {
    expect(() => renderCloudConfig({ ...config, ...change })).toThrow(message);
  });

  test('with several faults is refused with all of them', () => {
    expect(() =>
      renderCloudConfig({
        ...config,
        runcmd: [['a\nb']],
        write_files: [{ ...file, path: 'x', content: [''] }],
      }),
    ).toThrow(/^the cloud-config has 3 faults:\n.*write_files.*\n.*write_files.*\n.*runcmd\[0\]/);
  });

  test('is not refused for what is right', () => {
    expect(() => renderCloudConfig(config)).not.toThrow();
  });
});
