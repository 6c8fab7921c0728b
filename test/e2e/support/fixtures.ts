import { test as base } from '@playwright/test'
import { ownerPassword, startTestService, type TestService } from '../../support/session-service.ts'
import { type Desk, setUpDesk } from './desk.ts'
import { type Person, seatPerson } from './person.ts'

interface Fixtures {
  /** A computer with a real keychain, on which Curfew is not started yet. */
  readonly desk: Desk
  /** A session service full of people, its clock as fast as `timeScale` says. */
  readonly service: TestService
  readonly timeScale: number
  /** Somebody at a real browser of their own. */
  readonly person: Person
}

export const test = base.extend<Fixtures>({
  timeScale: [1, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads a fixture's needs off this pattern
  desk: async ({}, use, info) => {
    const desk = await setUpDesk()
    await use(desk)
    if (info.status !== info.expectedStatus)
      await info.attach('printed', { body: desk.printed(), contentType: 'text/plain' })
    await desk.clear()
  },
  service: async ({ timeScale }, use) => {
    const service = await startTestService({ timeScale })
    await use(service)
    await service.stop()
  },
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads a fixture's needs off this pattern
  person: async ({}, use) => {
    const person = await seatPerson()
    await use(person)
    await person.leave()
  },
})

export { expect } from '@playwright/test'

/** How the Owner signs in to a test's service. */
export const asOwner = (service: TestService) => ({ url: service.url, password: ownerPassword })
