import ts from 'typescript';

/** The text of a file of facts with one word changed: whether the row of this `stack` or `image` has moved. */
export function withCutOverWritten(path: string, text: string, name: string, cutOver: boolean): string {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) {
      const valueOf = (key: string): ts.Expression | undefined =>
        node.properties
          .filter(ts.isPropertyAssignment)
          .find(({ name: property }) => ts.isIdentifier(property) && property.text === key)?.initializer;
      const value = valueOf('cutOver');
      const isNamed = [valueOf('stack'), valueOf('image')].some(
        (each) => each !== undefined && ts.isStringLiteral(each) && each.text === name,
      );
      if (isNamed && value !== undefined) found.push(value);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const [value] = found;
  const isWord = value?.kind === ts.SyntaxKind.TrueKeyword || value?.kind === ts.SyntaxKind.FalseKeyword;
  if (value === undefined || found.length > 1 || !isWord)
    throw new Error(
      `${path}: needs one row of "${name}" with cutOver "true" or "false", got ${found.length === 1 ? `"${value?.getText() ?? ''}"` : found.length}; write cutOver: ${cutOver} there by hand`,
    );
  return text.slice(0, value.getStart()) + String(cutOver) + text.slice(value.getEnd());
}
