import { defineConfig, type Plugin } from 'vitest/config'
import type { Reporter, Vitest } from 'vitest/node'
import { createKeptWorkers } from './scripts/mutant-worker.ts'

/**
 * Stryker names a test in a `describe` with a space between the two, and Vitest 5 asks for ` > `: without this no test in a
 * `describe` would run, and every bug would seem to survive.
 */
const namesOfBothKinds: Plugin = {
  name: 'curfew:names-of-both-kinds',
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

/** Stryker asks for threads, one for every bug and file. */
const oneThread: Plugin = {
  name: 'curfew:one-thread',
  configureVitest({ project }) {
    const poolRunner = createKeptWorkers()
    Object.assign(project.config, { pool: poolRunner.name, poolRunner })
  },
}

/** Stryker sees only tests that fail: a file that can't be loaded has none, yet the run has failed. */
function createLoadReporter(): Reporter {
  let vitest: Vitest | undefined
  return {
    onInit(started) {
      vitest = started
    },
    onTestModuleEnd(module) {
      for (const error of module.errors()) vitest?.state.errorsSet.add(error)
    },
  }
}

/** The tests that a run of `npm run mutants` asks, from the environment of that run. */
export default defineConfig({
  plugins: [namesOfBothKinds, oneThread],
  test: {
    include: JSON.parse(process.env['CURFEW_MUTANTS_TESTS'] ?? '["test/unit/**/*.test.ts"]') as string[],
    reporters: [createLoadReporter()],
    setupFiles: ['scripts/mutant-set-up.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
