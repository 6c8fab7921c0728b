import type { Plugin } from 'vitest/config'
import { defineConfig } from 'vitest/config'

/**
 * Stryker names a test in a `describe` with a space between the two, and Vitest 5 asks for ` > `: without this no test
 * in a `describe` would run against a mutant, and every mutant would seem to survive.
 */
const namesOfEitherKind: Plugin = {
  name: 'curfew:names-of-either-kind',
  configureVitest({ project }) {
    let pattern: RegExp | undefined
    Object.defineProperty(project.config, 'testNamePattern', {
      enumerable: true,
      get: () => pattern,
      set: (asked: RegExp | undefined) => {
        pattern = asked && new RegExp(asked.source.replaceAll(' ', '(?: > | )'))
      },
    })
  },
}

/** The tests that a run of `npm run mutants` asks, from the environment of that run. */
export default defineConfig({
  plugins: [namesOfEitherKind],
  test: {
    include: JSON.parse(process.env['CURFEW_MUTANTS_TESTS'] ?? '["test/unit/**/*.test.ts"]') as string[],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
