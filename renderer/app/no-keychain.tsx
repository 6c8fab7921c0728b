import { Button } from '@mantine/core'
import { IconKeyOff } from '@tabler/icons-react'
import { useState } from 'react'
import type { KeychainFault } from '../../domain/lock.ts'
import { BlankSlate } from '../components/blank-slate.tsx'
import { main } from '../state/calls.ts'
import { readLockState } from '../state/lock-store.ts'
import { classesIn } from '../styles/css.ts'
import { Brand } from './brand.tsx'
import styles from './page.module.css'

const css = classesIn(styles)

const titles: Readonly<Record<KeychainFault, string>> = {
  absent: 'No keychain was found on this computer',
  locked: 'Your keychain is locked',
  restarted: 'Your keychain was started anew',
  'timed-out': 'Your keychain does not answer',
  failed: 'Your keychain can’t be used',
}

interface NoKeychainProps {
  readonly fault: KeychainFault
  readonly help: string
}

/** The keychain can't be used. Main goes on looking, and the window follows; Curfew never falls back to a file. */
export function NoKeychain({ fault, help }: NoKeychainProps) {
  const [asking, setAsking] = useState(false)
  const [asked, setAsked] = useState(false)
  const tryAgain = async () => {
    setAsking(true)
    if (fault === 'locked') await main().lock.openKeychain()
    await readLockState().finally(() => setAsking(false))
    setAsked(true)
  }
  return (
    <main className={css('page')}>
      <div className={css('sheet')}>
        <Brand />
        <h1 className="visually-hidden">Curfew needs a keychain</h1>
        <BlankSlate
          icon={IconKeyOff}
          title={titles[fault]}
          actions={
            <Button onClick={() => void tryAgain()} loading={asking}>
              {fault === 'locked' ? 'Unlock the keychain' : 'Try again'}
            </Button>
          }
        >
          <p>
            Curfew keeps passwords in the operating system’s keychain and nowhere else, so it can’t start
            without one.
          </p>
          <p>{help}</p>
          <p role="status">{asked && !asking ? stillWords(fault) : ''}</p>
        </BlankSlate>
      </div>
    </main>
  )
}

function stillWords(fault: KeychainFault): string {
  if (fault === 'locked') return 'It is still locked.'
  return fault === 'absent' ? 'There is still no keychain.' : 'It still can’t be used.'
}
