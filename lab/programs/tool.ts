/** A program unpacked from Debian's package of it, without installing anything on the machine. */
export interface DebianSource {
  readonly kind: 'debian';
  /** The package that holds the program, then those whose libraries or data it needs. */
  readonly packages: readonly [string, ...string[]];
  readonly program: string;
  /** Whether it is a Python program, which runs on Debian's Python with the modules of its packages. @default false */
  readonly python?: boolean;
  /** Where the unpacked packages have libraries that the program needs and the machine may lack, by `:`. @default none */
  readonly libraries?: string;
  /** Whether every package that it depends on and the machine lacks is unpacked beside it. @default false */
  readonly withDependencies?: boolean;
}

/** A program built from a Go module whose requirements are committed under `lab/tools/<folder>/`. */
export interface GoSource {
  readonly kind: 'go';
  /** The folder under `lab/tools/` that holds go.mod and go.sum. */
  readonly folder: string;
  readonly package: string;
  /** @default [] */
  readonly tags?: readonly string[];
  /** Link-time variables, `import/path.Name=value`. @default [] */
  readonly linkVariables?: readonly string[];
  /** Whether the program links C code, which takes a C compiler. @default false */
  readonly cgo?: boolean;
  /** Programs that it loads, by the name that it knows each by, and their main packages; built into `plugins/`. @default {} */
  readonly plugins?: Readonly<Record<string, string>>;
  /** Folders of the module that the program reads at run time, copied to `share/`. @default [] */
  readonly share?: readonly string[];
  /** The module that `share` is taken from. */
  readonly module: string;
  /** What a build from an empty cache took on two cores, in minutes; said before it starts. */
  readonly buildMinutes: number;
}

/** A program inside an npm package that has it ready made; unpacked, not installed. */
export interface NpmSource {
  readonly kind: 'npm';
  readonly package: string;
  readonly program: string;
}

export interface Tool {
  /** The version that the lab is tested with; `any` of a program that Debian replaces by the next one every week. */
  readonly version: string;
  /** The program's name on PATH. */
  readonly program: string;
  /** Arguments with which the program prints its version and exits. */
  readonly versionArguments: readonly string[];
  /** What the program must print to be taken from PATH. The first group is its version, else the one the lab is tested with. */
  readonly versionPattern: RegExp;
  /** `unpublished`: no registry that the lab uses has it. */
  readonly source: DebianSource | GoSource | NpmSource | { readonly kind: 'unpublished' };
}
