/** Sections of a unit file, each with its settings in order. */
export type Unit = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** @see https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html */
export function printUnit(unit: Unit): string {
  return Object.entries(unit)
    .map(
      ([section, settings]) =>
        `[${section}]\n${Object.entries(settings)
          .map(([name, value]) => `${name}=${value}\n`)
          .join('')}`,
    )
    .join('\n');
}
