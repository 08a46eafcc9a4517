// fast-check as the tests use it: the same choices in each run, so that a test is green or red for what it tests. `TAILRACE_TEST_SEED=random` makes
// other choices each time, as the nightly run does; a number makes those of that seed.
import fc from 'fast-check';

const seed = process.env['TAILRACE_TEST_SEED'] ?? '858';
if (seed !== 'random') {
  if (!Number.isSafeInteger(Number(seed)))
    throw new RangeError(`TAILRACE_TEST_SEED is no seed, got ${seed}, expected random or an integer`);
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
}

export { fc };
