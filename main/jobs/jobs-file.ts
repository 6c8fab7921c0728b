import { z } from 'zod'
import { Job } from '../../domain/job.ts'
import type { Box, MakeBox } from '../keyring/keyring.ts'
import { KeyringError } from '../keyring/keyring-error.ts'
import type { FileFault, KeptFile, Layout } from '../storage/kept-file.ts'

/** `jobs.json`: the jobs and their reports, sealed as one text; empty where there are none. */
export const jobsLayout: Layout<string> = {
  name: 'jobs',
  what: 'reports of what was revoked',
  version: 1,
  migrations: [],
  initial: '',
  unreadable: { value: '', does: 'Curfew begins with none.' },
  read: ({ sealed = '' }) => (typeof sealed === 'string' ? sealed : undefined),
  write: (sealed) => ({ sealed }),
}

/** Where the jobs are kept. Everything but `clear` is for while the app is unlocked. */
export interface JobsStore {
  /** What was kept last; nothing where it can't be opened any more, which is told. @throws {KeyringError} `locked` */
  read(): readonly Job[]
  /** @throws {KeyringError} `locked`; rejects when the disk refuses */
  write(jobs: readonly Job[]): Promise<void>
  clear(): Promise<void>
}

const associated = jobsLayout.name

/** `undefined` where the text is not what was sealed. @throws {KeyringError} `locked` */
function open(box: Box, sealed: string): readonly Job[] | undefined {
  try {
    return z.array(Job).safeParse(JSON.parse(box.open(sealed, associated))).data
  } catch (error) {
    if (error instanceof KeyringError && error.fault !== 'locked') return undefined
    throw error
  }
}

/** @param tell told of a file that can't be opened */
export function createJobsStore(
  file: KeptFile<string>,
  makeBox: MakeBox,
  tell: (fault: FileFault) => void,
): JobsStore {
  const box = makeBox('jobs', {
    what: 'reports',
    async resealAll() {
      const jobs = file.value === '' ? [] : open(box, file.value)
      // What can't be opened was told when it was read, and stays for whoever puts it right. The rest is written also
      // where it has not changed: the file may hold what was sealed before, if the disk has refused since.
      if (jobs) await write(jobs)
    },
  })

  async function write(jobs: readonly Job[]): Promise<void> {
    await file.write(jobs.length === 0 ? '' : box.seal(JSON.stringify(jobs), associated))
  }

  return {
    read() {
      if (file.value === '') return []
      const jobs = open(box, file.value)
      if (jobs) return jobs
      tell({
        title: `The ${jobsLayout.what} could not be read`,
        detail: 'The file was changed outside Curfew. Look on the server what was done.',
      })
      return []
    },
    write,
    clear: () => file.clear(),
  }
}
