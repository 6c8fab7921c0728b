import type { Resealing as Progress } from '../../domain/lock.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { KeyringError } from '../keyring/keyring-error.ts'

/** Sealing everything with a new data key: after a passphrase change that made one, and where an earlier one was interrupted. */
export interface Resealing {
  /** How far it has come, while it goes on. */
  readonly progress: Progress | undefined
  /** Does what there is to do, once. Answers whether everything is sealed with the present key; the rest goes to the log. */
  run(): Promise<boolean>
  /** The unlocked period has ended, and with it what it began; the next one goes on. */
  locked(): void
}

/** @param ports.tell called whenever the progress is another */
export function createResealing(ports: {
  readonly keyring: Pick<Keyring, 'isOpen' | 'isResealing' | 'reseal'>
  readonly tell: () => void
  readonly log: (what: string, error: unknown) => void
}): Resealing {
  const { keyring } = ports
  let progress: Progress | undefined
  let running: Promise<boolean> | undefined

  function show(next: Progress | undefined): void {
    progress = next
    ports.tell()
  }

  async function work(): Promise<boolean> {
    try {
      await keyring.reseal(show)
      return true
    } catch (error) {
      if (!(error instanceof KeyringError && error.fault === 'locked'))
        ports.log('Sealing everything with the new key failed', error)
      return false
    }
  }

  return {
    get progress() {
      return progress
    },
    async run() {
      if (!keyring.isResealing) return keyring.isOpen
      if (running) return running
      const mine = work()
      running = mine
      const isDone = await mine
      if (running === mine) {
        running = undefined
        show(undefined)
      }
      return isDone
    },
    locked() {
      running = undefined
      progress = undefined
    },
  }
}
