import { lstat, readFile, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseContent } from '../storage/store.ts'
import {
  type ManagedSettings,
  noManagedSettings,
  parseManagedSettings,
  unreadableSettings,
} from './managed-settings.ts'

/** What the system says of a file or folder: whose it is, and what may be done with it by whom. */
interface Standing {
  readonly uid: number
  readonly mode: number
}

/** The file system, as far as a policy file needs it; `node:fs/promises` is one. */
export interface PolicyFiles {
  lstat(path: string): Promise<Standing>
  stat(path: string): Promise<Standing>
  realpath(path: string): Promise<string>
  readFile(path: string, encoding: 'utf8'): Promise<string>
}

/**
 * Reads an administrator's file of managed settings. Never rejects. No file, or no folder, lays nothing down.
 *
 * The file counts only where nobody but an administrator could have written it. If somebody else could, it is taken for one
 * that can't be read: to leave it out would let whoever may write there allow themselves everything. For the same
 * reason a folder that others may write to is no better without a file, which they may have deleted.
 *
 * @param isAdministrator whether what this user owns may lay something down; `undefined` where nobody is to be asked
 */
export async function readManagedFile(
  path: string,
  isAdministrator: ((uid: number) => boolean) | undefined,
  files: PolicyFiles = { lstat, stat, realpath, readFile },
): Promise<ManagedSettings> {
  /** Throws where somebody else could have put something into this folder. */
  async function checkFolder(folder: string): Promise<void> {
    check(folder, await files.stat(folder), false)
    for (let above = dirname(folder), below = folder; above !== below; below = above, above = dirname(above))
      check(above, await files.stat(above), true)
  }
  function check(what: string, { uid, mode }: Standing, maybeShared: boolean): void {
    if (!isAdministrator) return
    if (!isAdministrator(uid)) throw new Error(`${what} does not belong to an administrator`)
    // In a shared folder like `/tmp` nobody moves what is another's.
    if ((mode & writableByOthers) !== 0 && !(maybeShared && (mode & sticky) !== 0))
      throw new Error(`others than an administrator may write to ${what}`)
  }

  try {
    const folder = dirname(path)
    if (!(await exists(folder))) return noManagedSettings
    await checkFolder(folder)
    if (!(await exists(path))) return noManagedSettings
    const real = await files.realpath(path)
    await checkFolder(dirname(real))
    check(real, await files.stat(real), false)
    return parseManagedSettings(parseContent(await files.readFile(real, 'utf8')), path)
  } catch (error) {
    return unreadableSettings(path, error)
  }

  /** A link that leads nowhere is there all the same. */
  async function exists(what: string): Promise<boolean> {
    try {
      await files.lstat(what)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
  }
}

const writableByOthers = 0o022
const sticky = 0o1000

/**
 * The number under which the system's root is seen here. In a user namespace that is the one it is mapped to, whoever is
 * called 0 in there; where it is not mapped, it looks like everybody else who is not.
 *
 * @param uidMap `/proc/self/uid_map`: `<first id here> <first id outside> <how many>` a line
 * @param overflowUid `/proc/sys/kernel/overflowuid`
 */
export function rootSeenAs(uidMap: string, overflowUid: string): number {
  for (const line of uidMap.split('\n')) {
    const [here, outside, count] = line.trim().split(/\s+/)
    if (outside === '0' && Number(count) > 0) return Number(here)
  }
  return Number(overflowUid)
}

/** Whose files lay something down on this computer: root's, and nobody else's. */
export async function findAdministrator(platform: NodeJS.Platform): Promise<(uid: number) => boolean> {
  let root = 0
  if (platform === 'linux') {
    const map = ['/proc/self/uid_map', '/proc/sys/kernel/overflowuid'].map((path) => readFile(path, 'utf8'))
    // A kernel without user namespaces has neither.
    const [uidMap, overflowUid] = await Promise.all(map).catch(() => [])
    if (uidMap !== undefined && overflowUid !== undefined) root = rootSeenAs(uidMap, overflowUid)
  }
  return (uid) => uid === root
}
