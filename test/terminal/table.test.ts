import { describe, expect, it } from '@jest/globals';
import { renderTable } from '../../terminal/table';

describe('a printed table', () => {
  it('aligns its columns and ends no line with a space', () => {
    const table = renderTable(
      ['component', 'version'],
      [
        ['etcd', '3.4.23'],
        ['kube-apiserver', '1.34.2'],
      ],
    );
    expect(table).toBe('component       version\netcd            3.4.23\nkube-apiserver  1.34.2\n');
  });

  it('without rows is its head', () => {
    expect(renderTable(['component'], [])).toBe('component\n');
  });
});
