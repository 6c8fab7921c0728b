import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

/** Much longer than anything takes: what hangs is found, and a busy machine is no fault. */
const limits = { testTimeout: 60_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/window/**'],
          ...limits,
        },
      },
      {
        plugins: [react()],
        test: {
          name: 'window',
          include: ['test/window/**/*.test.tsx'],
          environment: 'jsdom',
          setupFiles: ['test/window/support/set-up.ts'],
          // Real class names, so that a class that a module lacks is a mistake here too.
          css: { include: [/\.module\.css$/], modules: { classNameStrategy: 'non-scoped' } },
          ...limits,
        },
      },
    ],
  },
})
