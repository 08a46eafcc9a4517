// The two CPUs that Lambda's functions run on, as ELF files, npm and the lz4 addon's packages name them.

/** A CPU by CDK's name, `Architecture.name`. */
export type LambdaCpu = 'arm64' | 'x86_64';

/** One CPU in the words of those who ask for it. */
export interface CpuNames {
  /** `e_machine` of an ELF file (System V ABI, ELF header). */
  readonly elfMachine: number;
  /** npm's `--cpu`. */
  readonly npmCpu: string;
  /** The package of the addon, and the file in it that lz4-napi's loader looks for. */
  readonly addonPackage: string;
  readonly addonFile: string;
}

/** Both of them. */
export const lambdaCpus: Readonly<Record<LambdaCpu, CpuNames>> = {
  arm64: {
    elfMachine: 183, // AArch64
    npmCpu: 'arm64',
    addonPackage: '@antoniomuso/lz4-napi-linux-arm64-gnu',
    addonFile: 'lz4-napi.linux-arm64-gnu.node',
  },
  x86_64: {
    elfMachine: 62, // x86-64
    npmCpu: 'x64',
    addonPackage: '@antoniomuso/lz4-napi-linux-x64-gnu',
    addonFile: 'lz4-napi.linux-x64-gnu.node',
  },
};
