import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { inlineFiles } from '../../manifests/inline-files';

const text = 'echo ${HOME}\n';
const files = { 'files/a.sh': text };
const place = '"${path.module}/files/a.sh"';

describe('a value of a synthesized stack', () => {
  it('shows the text and the hash of the files that it names, and every other expression as it is', () => {
    expect(
      inlineFiles(
        [{ a: `\${sensitive(file(${place}))}`, b: `\${filesha256(${place})}`, c: '${var.a}', d: 1 }],
        files,
      ),
    ).toEqual([
      { a: 'echo $${HOME}\n', b: createHash('sha256').update(text).digest('hex'), c: '${var.a}', d: 1 },
    ]);
  });

  it('shows what a plan hides', () => {
    expect(inlineFiles(['${sensitive(["node"])}', '${sensitive("a \\"b\\"\\n")}'], {})).toEqual([
      ['node'],
      'a "b"\n',
    ]);
  });

  it('is refused where the stack has no such file', () => {
    expect(() => inlineFiles('${file("${path.module}/files/b.sh")}', files)).toThrow(
      'the stack has no such file, got "files/b.sh"; there are files/a.sh',
    );
  });
});
