import { describe, expect, test } from '@jest/globals';
import { descriptionFaults } from '../../rollout/machine-faults';
import { parseObservation } from '../../rollout/observation';
import { said } from '../../terminal/said';

describe('what a machine answers', () => {
  const whole = [
    'directory /etc/app',
    'file /etc/a 644 0:0 YQo=',
    'link /etc/b',
    'folder /etc/c',
    'absent /etc/old',
    'pending recreate%20nginx',
    'read-only /etc',
    'end',
    '',
  ].join('\n');

  test('is read line by line', () => {
    const observed = parseObservation(whole);
    expect(observed?.files.get('/etc/a')).toEqual({ kind: 'file', mode: '0644', owner: '0:0', text: 'a\n' });
    expect([...(observed?.files.keys() ?? [])]).toEqual(['/etc/a', '/etc/b', '/etc/c']);
    expect([...(observed?.pending ?? [])]).toEqual(['recreate nginx']);
    expect([...(observed?.leftovers ?? [])]).toEqual(['/etc/old']);
    expect([...(observed?.readOnly ?? [])]).toEqual(['/etc']);
  });

  test('is refused when it is cut short or holds anything else', () => {
    expect(parseObservation(whole.replace('end\n', ''))).toBeUndefined();
    expect(parseObservation('Welcome to Ubuntu\nend\n')).toBeUndefined();
    expect(parseObservation('')).toBeUndefined();
  });

  test('is quoted without control characters, secrets and log lines', () => {
    const stderr =
      'E1122 10:44:40.822684 26301 memcache.go:265] noise\n\u001b[31mno s3cret\u001b[0m here\u0007\n\n';
    expect(said({ code: 1, stdout: 'out', stderr }, ['s3cret', ''])).toBe('"no … here"');
    expect(said({ code: 1, stdout: 'out\n', stderr: '' })).toBe('"out"');
    expect(said({ code: 3, stdout: '', stderr: '' })).toBe('"exit code 3"');
  });
});

describe('the description of a machine', () => {
  const machine = { directories: ['/opt/app/data'], files: [], absent: [] as string[] };

  test.each([
    ['/opt/app', 'a path to remove is too near the root, got "/opt/app"'],
    ['/opt/app/data', '"/opt/app/data" is removed but "/opt/app/data" in it is kept, got both'],
    ['/opt/app/../data', 'a path is not absolute and plain, got "/opt/app/../data"'],
    ['/opt/app/a b', 'a path is not absolute and plain, got "/opt/app/a b"'],
    ['opt/app/data/x', 'a path is not absolute and plain, got "opt/app/data/x"'],
  ])('may not remove %s', (path, fault) => {
    expect(descriptionFaults('vm', { ...machine, absent: [path] }).join('\n')).toContain(fault);
  });

  test('may remove a folder that nothing is kept in', () => {
    expect(descriptionFaults('vm', { ...machine, absent: ['/opt/app/data-old'] })).toEqual([]);
  });
});
