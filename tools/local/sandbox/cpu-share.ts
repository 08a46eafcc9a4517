// The CPU time that Lambda gives with a memory size.

/** "At 1,769 MB, a function has the equivalent of one vCPU" (AWS Lambda guide, configure function memory). */
export const vcpuMb = 1769;

/** The CPUs of a function of this memory size. */
export function toCpus({ memoryMb }: { readonly memoryMb: number }): number {
  return memoryMb / vcpuMb;
}
