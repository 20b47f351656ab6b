/** One copy in a process of its own, which a test may kill; its only argument is what {@link copyProps} takes. */
import { performCopy } from '../../migration/copy/perform';
import { untilTold } from '../../terminal/until-told';
import { copyProps, type CopyCase } from './copy-case';

void performCopy({
  ...copyProps(JSON.parse(process.argv[2] ?? '') as CopyCase),
  signal: untilTold(),
});
