import { lazy, Suspense } from 'react'
import { useLock } from '../state/lock-store.ts'
import { ChoosePassphrase } from './choose-passphrase.tsx'
import { LockScreen } from './lock-screen.tsx'
import { NoKeychain } from './no-keychain.tsx'
import { Notices } from './notices.tsx'

const Unlocked = lazy(async () => ({ default: (await import('./unlocked.tsx')).Unlocked }))

/** Decides what the window may show at all. */
export function LockGate() {
  const { state, saidAt } = useLock()
  if (state === undefined) return null
  if (state.status === 'unlocked')
    return (
      <Suspense fallback={null}>
        <Unlocked />
      </Suspense>
    )
  return (
    <>
      {state.status === 'no-keychain' && <NoKeychain help={state.help} />}
      {state.status === 'new' && <ChoosePassphrase />}
      {state.status === 'locked' && <LockScreen state={state} saidAt={saidAt} />}
      <Notices floating />
    </>
  )
}
