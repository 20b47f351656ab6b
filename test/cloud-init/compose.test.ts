import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { composeFile, type ComposeService } from '../../cloud-init/compose';

const service: ComposeService = {
  name: 'web',
  image: 'registry.example/web:1.0.0',
  healthcheck: ['CMD', 'true'],
};

describe('a compose file', () => {
  test('keeps a dollar from being substituted', () => {
    const file = composeFile([{ ...service, environment: { TEXT: 'a $b ${c}' } }]);

    expect(parse(file)).toMatchObject({ services: { web: { environment: { TEXT: 'a $$b $${c}' } } } });
  });

  test('mounts files read-only, and folders so that they can be written', () => {
    const file = composeFile([
      {
        ...service,
        files: [{ path: '/etc/a.yml', target: '/a.yml', mode: '0644', content: ['a: 1\n'] }],
        folders: [{ source: '/data', target: '/var/lib/data' }],
      },
    ]);

    expect(parse(file)).toMatchObject({
      services: {
        web: {
          volumes: [
            { type: 'bind', source: '/etc/a.yml', target: '/a.yml', read_only: true },
            { type: 'bind', source: '/data', target: '/var/lib/data' },
          ],
        },
      },
    });
  });

  test.each([
    [
      'two services of one name',
      [service, service],
      'compose: two services have one name, got "web"; rename one of them',
    ],
    [
      'a port published twice',
      [
        { ...service, ports: [{ host: 80, container: 80 }] },
        { ...service, name: 'other', ports: [{ host: 80, container: 8080 }] },
      ],
      'compose: a port is published twice, got "80"; change one of them',
    ],
    [
      'a service that starts after one that is gone',
      [{ ...service, startsAfter: ['registry-private'] }],
      'compose["web"]: starts after a service that is not there, got "registry-private"; add it or leave it out',
    ],
  ])('with %s is refused', (_, services, message) => {
    expect(() => composeFile(services)).toThrow(new Error(message));
  });
});
