// A planted fault: what it changes, and which tests must notice.

/** One planted fault. */
export interface Mutant {
  /** What the changed code does wrong, in the present: "gives nothing back when opening has failed". Unique in its area. */
  readonly fault: string;
  /** The file that is changed, from the project's folder. */
  readonly file: string;
  /** Text that stands in the file once; what stands there is replaced. */
  readonly find: string;
  readonly replace: string;
  /** Test files, the quickest first; one of them must fail, or not end. */
  readonly caughtBy: readonly string[];
  /** Whether its tests take minutes, so that no share of the mutants has it. Default false. */
  readonly isSlow?: boolean;
  /** Why no test notices, and why that is right, or what a test would take. Default: one does. */
  readonly uncaught?: string;
}

/** Mutants of one part of the project. */
export interface MutantArea {
  readonly area: string;
  readonly mutants: readonly Mutant[];
}

/** A mutant with its name, `<area>: <fault>`. */
export interface NamedMutant extends Mutant {
  readonly area: string;
  readonly name: string;
}

/** All mutants of these areas, in their order. @throws Error when two have one name */
export function nameMutants(areas: readonly MutantArea[]): readonly NamedMutant[] {
  const named = areas.flatMap(({ area, mutants }) =>
    mutants.map((mutant) => ({ ...mutant, area, name: `${area}: ${mutant.fault}` })),
  );
  const names = new Set<string>();
  for (const { name } of named) {
    if (names.has(name)) throw new Error(`two mutants have one name, got ${name} twice`);
    names.add(name);
  }
  return named;
}
