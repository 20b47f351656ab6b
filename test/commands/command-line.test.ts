import { describe, expect, test } from '@jest/globals';
import { verbs } from '../../commands/verbs';
import { EXIT } from '../../programs/exit-code';
import { exit } from '../../terminal/exit-codes';
import { call } from '../support/call';
import { expectGolden, goldensIn } from '../support/golden';

/** Ten wrong calls of each command, as a person makes them. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  registry: [
    '',
    'delivr',
    'node plan',
    'retain --against https://forgejo.example',
    'plan',
    '--version',
    '--into ../infra deliver',
    'help-me',
    'labs up',
    'probes https://forgejo.example',
  ],
  deliver: [
    '',
    '--into',
    '--intoo ../infra',
    '--into ../infra --stak forgejo',
    '--into ../infra --stack',
    '--into ../infra --force',
    '--into ../infra forgejo',
    '--into ../infra --write=yes',
    '../infra',
    '-w --into ../infra',
  ],
  nodes: [
    '',
    'destroy',
    'aply',
    'plann',
    '--only k8s-node1',
    'status',
    'k8s-node1 plan',
    'diff',
    'roll',
    '--from a',
  ],
  'nodes plan': [
    'k8s-node1',
    '--only',
    '--onli k8s-node1',
    '--force',
    '--drain-timeout 10m',
    '--drain-timeout 0',
    '--drain-timeout -5',
    '--drain-timeout 1e3',
    '--ssh-confg ~/.ssh/homelab',
    '--known-hosts',
  ],
  'nodes apply': [
    'k8s-node1 k8s-node2',
    '--from',
    '--form k8s-node2',
    '--yes',
    '--drain-timeout',
    '--drain-timeout ten',
    '--user',
    '--dry-run',
    '--only k8s-node1 --drain 5',
    '--sshconfig x',
  ],
  parity: [
    '',
    '--into',
    '--in ../infra',
    '--into ../infra --stacks forgejo',
    '--into ../infra --write',
    '--into ../infra forgejo',
    '../infra',
    '--into ../infra --stack',
    '--into=../infra --apply',
    '-i ../infra',
  ],
  probe: [
    '',
    'forgejo.example',
    'ftp://forgejo.example',
    'https://viktor:secret@forgejo.example',
    'https://a.example https://b.example',
    'https://forgejo.example --hsh',
    'https://forgejo.example --deployed',
    'https://forgejo.example --deadline soon',
    'https://forgejo.example --deadline 0',
    'https://forgejo.example --json=pretty',
  ],
  retention: [
    '',
    '--against',
    '--against forgejo.example',
    '--against https://viktor:secret@forgejo.example',
    '--agains https://forgejo.example',
    '--against https://forgejo.example --cluster',
    '--against https://forgejo.example --cluster kubectl',
    '--against https://forgejo.example --owner viktor',
    '--against https://forgejo.example --delete',
    'https://forgejo.example',
  ],
  evidence: [
    '',
    'lst',
    'colect',
    'list all',
    'measure',
    '--prometheus http://a',
    'write',
    'status',
    'collect-all',
    'show',
  ],
  'evidence list': [
    'smoke',
    '--json',
    '-v',
    '--all',
    '--missing',
    'a b',
    '--watch',
    '--prometheus http://a',
    '--stale',
    '--claim a',
  ],
  'evidence collect': [
    'bake',
    'bake-complete smok',
    '--prometheus',
    '--prometheus prometheus:9090',
    '--prometheus https://u:p@prometheus.example',
    '--promethius http://a',
    '--cluster kubectl',
    '--tree',
    '--force',
    '--skip bake-complete',
  ],
  copy: [
    '',
    'aply',
    'plann',
    'sync',
    '--only infra-ci',
    'infra-ci plan',
    'check',
    'status',
    '--force apply',
    'plan apply',
  ],
  'copy plan': [
    'infra-ci',
    '--only',
    '--onli infra-ci',
    '--force',
    '--cluster kubectl',
    '--cluster https://u:p@api.example',
    '--tree',
    '--forgejo forgejo.example',
    '--legacy registry.example:5050',
    '--json',
  ],
  'copy apply': [
    'infra-ci',
    '--only',
    '--all',
    '--force',
    '--engine',
    '--engin regctl',
    '--password x',
    '--forgejo https://u:p@forgejo.example',
    '--parallel 8',
    '--yes',
  ],
  'copy verify': [
    'infra-ci:latest',
    '--only',
    '--quick',
    '--deep',
    '--engine',
    '--tree',
    '--legacy',
    '--legacy registry.example',
    '--repair',
    '-v',
  ],
  scan: [
    '',
    '--json',
    '/nowhere/at/all',
    'README.md',
    '../infra ../website',
    '../infra --jsn',
    '../infra --prose=no',
    '../infra --exclude docs',
    '-r ../infra',
    '../infra --write',
  ],
  bootstrap: [
    '',
    'aply',
    'rotate pull',
    '--through-pod',
    'destroy',
    'plan apply',
    'status',
    '--rotate pull',
    'init',
    'plann',
  ],
  'bootstrap plan': [
    'pull',
    '--rotate',
    '--rotat pull',
    '--forgejo',
    '--forgejo forgejo.example',
    '--forgejo https://admin:secret@forgejo.example',
    '--password secret',
    '--throughpod',
    '--json',
    '--vault https://vault.example',
  ],
  'bootstrap apply': [
    'pull',
    '--rotate',
    '--rotate pull push',
    '--forgejo ftp://forgejo.example',
    '--yes',
    '--through-pods',
    '--otp 123456',
    '--dry-run',
    '--user admin',
    '--all',
  ],
  preflight: [
    'forgejo',
    '--jsn',
    '--json=pretty',
    '--forgejo',
    '--forgejo forgejo.example',
    '--phase bake',
    '--fix',
    '--only tokens',
    'https://forgejo.example',
    '--kubeconfig x',
  ],
  smoke: [
    'forgejo',
    '--forgejo',
    '--forgejo forgejo.example',
    '--forgejo https://viktor:secret@forgejo.example',
    '--keep',
    '--namespace x',
    '--json',
    '--dry-run',
    'https://forgejo.example',
    '--image app',
  ],
  lab: ['', 'start', 'upp', 'stop', 'tool', 'log', 'forge', '--pods', 'ps', 'down up'],
  'lab up': [
    'forgejo',
    'forge registry',
    '--name',
    '--nam a',
    '--pod',
    '--all',
    'Forge',
    'pods',
    'legacyRegistry',
    'kube-apiserver',
  ],
  'lab status': [
    'default',
    '--name a',
    '-v',
    '--json',
    'a b',
    '--all',
    '--hlp',
    '--verbose',
    'up',
    '--watch',
  ],
  'lab env': [
    'a',
    '--name',
    '--nme a',
    '--json',
    'a b',
    '--shell bash',
    '-n a',
    '--lab a',
    '--export',
    '--names a',
  ],
  'lab logs': [
    'a b',
    '--name',
    '--follow',
    '-f',
    '--lines 5',
    '--nam a',
    'a b c',
    '--tail',
    '--all',
    '-n 10',
  ],
  'lab down': ['a', '--name', '--all', '--force', '--nmae a', '-f', 'a b', '--now', '--keep', '--pods'],
  'lab tools': [
    'kubectll',
    'kubectl gittea',
    '--for',
    '--for unit',
    '--fro lab',
    '--for lab --force',
    'Vault',
    '--all',
    '--build gitea',
    '--for=LAB',
  ],
};

describe('the command line', () => {
  const withHelp = (path: string): string[] => [
    ...path.split(' ').filter((word) => word !== 'registry'),
    '--help',
  ];

  test.each(Object.entries(wrong))('%s: its help, and ten wrong calls', async (path, lines) => {
    const prefix = path === 'registry' ? '' : `${path} `;
    const help = await call(withHelp(path));
    expect([help.code, help.err]).toEqual([0, '']);
    const answers: string[] = [];
    for (const line of lines) {
      const { code, out, err } = await call(`${prefix}${line}`.split(' ').filter((word) => word !== ''));
      expect([line, code, out]).toEqual([line, 3, '']);
      expect(err).not.toMatch(/secret|error:|undefined/);
      answers.push(`$ ${`./registry ${prefix}${line}`.trim()}\n${err}`);
    }
    expect(new Set(lines).size).toBe(10);
    expectGolden(
      `commands/${path.replaceAll(' ', '-')}.txt`,
      [`$ ./registry ${prefix}--help\n${help.out}`, ...answers].join('\n'),
    );
  });

  test('has a golden for every command, and no other', () => {
    const named = verbs.flatMap((verb) => {
      const each = verb(
        { out: () => undefined, err: () => undefined, interactive: false, environment: {} },
        () => undefined,
      );
      const below = each.commands.map((child) => `${each.name()} ${child.name()}`);
      return [each.name(), ...below.filter((path) => path !== 'lab supervise')];
    });
    expect(Object.keys(wrong).sort()).toEqual(['registry', ...named].sort());
    expect(goldensIn('commands').map(({ path }) => path)).toEqual(
      Object.keys(wrong)
        .map((path) => `commands/${path.replaceAll(' ', '-')}.txt`)
        .sort(),
    );
  });

  test('ends as the jobs of the cluster end', () => {
    expect([exit.done, exit.failed, exit.found, exit.refused]).toEqual([
      EXIT.done,
      EXIT.failed,
      EXIT.faults,
      EXIT.refused,
    ]);
  });
});
