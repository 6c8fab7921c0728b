import { act, render } from '@testing-library/react'
import { type UserEvent, userEvent } from '@testing-library/user-event'
import { expect, onTestFinished } from 'vitest'
import { succeed } from '../../../domain/problem.ts'
import { defaultSettings } from '../../../domain/settings.ts'
import type { EventName, EventPayload } from '../../../preload/contract/index.ts'
import { App } from '../../../renderer/app/app.tsx'
import { forgetEverything } from '../../../renderer/state/forget.ts'
import { useLock } from '../../../renderer/state/lock-store.ts'
import { type Answers, type FakeMain, installFakeMain } from './fake-main.ts'
import { connectedState } from './sample.ts'

/** The window, rendered whole over a main that the test answers for. */
export interface RenderedWindow {
  readonly user: UserEvent
  readonly main: FakeMain
  /** Main tells the window something, and the window has drawn it. */
  tell<E extends EventName>(event: E, state: EventPayload<E>): Promise<void>
}

/** An unlocked Curfew with one connected instance, of which nothing can be read yet. */
const unlocked: Answers = {
  'lock.state': () => succeed({ status: 'unlocked', locksInMs: 600_000, warning: false }),
  'lock.ratePassphrase': () => succeed({ score: 4 }),
  'lock.activity': () => succeed(undefined),
  'app.info': () => succeed({ version: '1.2.3', platform: 'linux', theme: 'light', notices: [] }),
  'instances.list': () => succeed([connectedState()]),
  'jobs.list': () => succeed([]),
  'news.state': () => succeed({ following: {}, notices: [] }),
  'drafts.take': ({ keys }) => succeed(keys.map(() => null)),
  'drafts.keep': () => succeed(undefined),
  'drafts.drop': () => succeed(undefined),
  'updates.state': () =>
    succeed({ current: '1.2.3', checkedAt: null, problem: null, step: { at: 'off', why: 'nowhere' } }),
  'settings.read': () => succeed({ settings: defaultSettings, fixed: [], mostAutoLockMinutes: 240 }),
}

/** Renders the window; what the test does not answer is as in {@link unlocked}. The test fails where a call broke the contract. */
export async function renderWindow(answers: Answers = {}): Promise<RenderedWindow> {
  forgetEverything()
  useLock.setState({ state: undefined, saidAt: 0 })
  const main = installFakeMain({ ...unlocked, ...answers })
  const user = userEvent.setup()
  await act(async () => {
    render(<App />)
  })
  onTestFinished(() => expect(main.faults).toEqual([]))
  return {
    user,
    main,
    tell: async (event, state) => {
      await act(async () => main.tell(event, state))
    },
  }
}
