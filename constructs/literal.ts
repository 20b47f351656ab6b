/**
 * Text that Terraform reproduces exactly: `${` and `%{` open a template in any string of a JSON configuration, and
 * cdktf passes both through, so that `${HOME}` in a script or `%{http_code}` in a curl format became an expression.
 * Every script, program and foreign text goes through here, once.
 */
export function literal(text: string): string {
  // A function, because `$$` in a replacement text means one `$`.
  return text.replace(/[$%]\{/g, (opening) => `${opening.charAt(0)}${opening}`);
}
