import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'test/e2e',
  // One folder a host, so that the second leaves what the first found.
  outputDir: `test-results/e2e-${process.env['CURFEW_HOST'] ?? 'any'}`,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  workers: 2,
  fullyParallel: true,
  forbidOnly: true,
  reporter: [['list'], ['json']],
})
