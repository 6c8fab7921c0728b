import { type ComponentType, useEffect, useState } from 'react'
import { useLock } from '../state/lock-store.ts'
import { ChoosePassphrase } from './choose-passphrase.tsx'
import { LockScreen } from './lock-screen.tsx'
import { NoKeychain } from './no-keychain.tsx'
import { Notices } from './notices.tsx'

/** Decides what the window may show at all. */
export function LockGate() {
  const { state, saidAt } = useLock()
  const Unlocked = useUnlocked()
  if (state === undefined) return null
  if (state.status === 'unlocked') return Unlocked ? <Unlocked /> : null
  return (
    <>
      {state.status === 'no-keychain' && <NoKeychain fault={state.fault} help={state.help} />}
      {state.status === 'new' && <ChoosePassphrase />}
      {state.status === 'locked' && <LockScreen state={state} saidAt={saidAt} />}
      <Notices floating />
    </>
  )
}

/**
 * The code of what stands behind the lock, without any data, loaded while the passphrase is being typed. Not by
 * `lazy`: React holds back what was suspended for 300 ms, which would double the time that unlocking takes.
 */
function useUnlocked(): ComponentType | undefined {
  const [loaded, setLoaded] = useState<{ readonly Unlocked: ComponentType } | { readonly fault: unknown }>()
  useEffect(() => {
    import('./unlocked.tsx').then(setLoaded, (fault: unknown) => setLoaded({ fault }))
  }, [])
  if (loaded && 'fault' in loaded) throw loaded.fault
  return loaded?.Unlocked
}
