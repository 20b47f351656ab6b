import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type CloudConfig, cloudConfigSecrets, renderCloudConfig } from '../../cloud-init/cloud-config';
import { contentText } from '../../cloud-init/content';
import { literal } from '../../constructs/literal';
import type { VaultKey } from '../../estate/tokens';
import { cloudConfigTemplate } from '../../stacks/cloud-config-template';
import { terraformProgram } from '../support/terraform';

const user = { path: 'infra', key: 'user' };
const password = { path: 'infra', key: 'dockerhub_registry_password' };
const config: CloudConfig = {
  users: [
    {
      name: 'wizard',
      sudo: 'ALL=(ALL) NOPASSWD:ALL',
      shell: '/bin/bash',
      ssh_authorized_keys: [[{ vault: { path: 'viktor', key: 'ssh_public_key' } }]],
    },
  ],
  aptSources: {},
  packages: [],
  write_files: [
    {
      path: '/usr/local/sbin/report',
      mode: '0755',
      content: ['#!/bin/sh\ncurl -w \'%{http_code}\' "${HOME}/$${x}"\n'],
      effect: 'none',
    },
    {
      path: '/etc/secret',
      mode: '0600',
      content: ['a: $', { vault: password }, '\n"b\\": ', { vault: user }, ' %{x} ${y}\n'],
      effect: 'none',
    },
  ],
  runcmd: [['sh', '-c', 'echo ${HOME}']],
};

/** Values that would end a line, a string or a template if anything pasted them as they are. */
const values: Readonly<Record<string, string>> = {
  infra_dockerhub_registry_password: 'p"a\\ss\n#: ${z} %{if}',
  infra_user: '- *x',
  viktor_ssh_public_key: 'ssh-ed25519 AAAA wizard: "home"',
};

const variable = ({ path, key }: VaultKey): string => `${path}_${key}`;

describe('the template of a cloud-config', () => {
  test('asks for each place of Vault that it needs', () => {
    expect(cloudConfigSecrets(config)).toEqual([{ path: 'viktor', key: 'ssh_public_key' }, password, user]);
  });

  test('without a secret is the cloud-config with its templates escaped', () => {
    const [report] = config.write_files;
    const plain = { ...config, users: [], write_files: report === undefined ? [] : [report] };
    expect(cloudConfigTemplate(plain, variable)).toBe(literal(renderCloudConfig(plain)));
  });

  const binary = terraformProgram();
  const testWithTerraform = binary === undefined ? test.skip : test;

  testWithTerraform('is what Terraform makes the same cloud-config of, whatever its secrets hold', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cloud-config-'));
    try {
      writeFileSync(join(folder, 'cloud_init.yaml'), cloudConfigTemplate(config, variable));
      writeFileSync(join(folder, 'values.json'), JSON.stringify(values));
      writeFileSync(
        join(folder, 'main.tf'),
        'resource "terraform_data" "rendered" {\n  input = templatefile("cloud_init.yaml", jsondecode(file("values.json")))\n}\n',
      );
      const options = { cwd: folder, env: { ...process.env, CHECKPOINT_DISABLE: '1' } } as const;
      for (const args of [['init'], ['apply', '-auto-approve']])
        expect(spawnSync(binary ?? '', [...args, '-no-color'], options).status).toBe(0);
      const state = JSON.parse(readFileSync(join(folder, 'terraform.tfstate'), 'utf8')) as {
        resources: { instances: { attributes: { input: { value: string } } }[] }[];
      };
      const rendered = state.resources[0]?.instances[0]?.attributes.input.value ?? '';
      const expected = renderCloudConfig(config, (content) =>
        contentText(content, ({ vault }) => values[variable(vault)] ?? ''),
      );
      expect(parse(rendered, { schema: 'yaml-1.1' })).toEqual(parse(expected, { schema: 'yaml-1.1' }));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
