import { Button } from '@mantine/core'
import { IconKeyOff } from '@tabler/icons-react'
import { useState } from 'react'
import { BlankSlate } from '../components/blank-slate.tsx'
import { readLockState } from '../state/lock-store.ts'
import { classesIn } from '../styles/css.ts'
import { Brand } from './brand.tsx'
import styles from './page.module.css'

const css = classesIn(styles)

/** There is no keychain to keep anything in; Curfew never falls back to a file. */
export function NoKeychain({ help }: { readonly help: string }) {
  const [asking, setAsking] = useState(false)
  const [asked, setAsked] = useState(false)
  const tryAgain = async () => {
    setAsking(true)
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
          title="No keychain was found on this computer"
          actions={
            <Button onClick={() => void tryAgain()} loading={asking}>
              Try again
            </Button>
          }
        >
          <p>
            Curfew keeps passwords in the operating system’s keychain and nowhere else, so it can’t start
            without one.
          </p>
          <p>{help}</p>
          <p role="status">{asked && !asking ? 'There is still no keychain.' : ''}</p>
        </BlankSlate>
      </div>
    </main>
  )
}
