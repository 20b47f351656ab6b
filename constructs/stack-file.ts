import { Construct } from 'constructs';

/**
 * A file that lies beside the stack's configuration and that Terraform reads from there: Git shows a change of it as
 * the text that it is, and a plan shows one line. In a JSON string a program is one line of 60,000 characters.
 */
export class StackFile extends Construct {
  /** Relative to the folder of the configuration. */
  readonly path: string;
  readonly text: string;

  constructor(scope: Construct, id: string, props: { readonly fileName: string; readonly text: string }) {
    super(scope, id);
    this.path = `files/${props.fileName}`;
    this.text = props.text;
  }

  /** The text, which Terraform keeps out of its plans; it is no secret, so `sha256` stands beside it. */
  get content(): string {
    return `\${sensitive(file(${this.place}))}`;
  }

  /** The hash of the text as Terraform finds it, by which a plan shows that it changed. */
  get sha256(): string {
    return `\${filesha256(${this.place})}`;
  }

  private get place(): string {
    return `"\${path.module}/${this.path}"`;
  }
}
