import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
  statSync,
} from 'node:fs'
import { join } from 'node:path'

/** Something in a data folder is not what the service may use; the message says what to do. */
export class PrivateFilesError extends Error {
  override readonly name = 'PrivateFilesError'
}

/** What the service's own files begin with: the database, its logs, the lock, copies beside them, and the audit trail's key. */
const ownPrefixes = ['curfew.', 'audit.key'] as const
/** Bits that let anybody but the owner do something. */
const others = 0o077
const writableByOthers = 0o022

const isMine = ({ uid }: Stats) => uid === process.getuid?.()

/** Takes the rights of others from a file. Where the file system keeps no such bits, it says so. */
function close(path: string, seen: Stats, warn: (text: string) => void): void {
  // What is changed is what was looked at: not whatever a link with its name points to by now.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const { ino, dev } = fstatSync(file)
    if (ino !== seen.ino || dev !== seen.dev)
      throw new PrivateFilesError(`${path} is being replaced by somebody.`)
    fchmodSync(file, 0o600)
    if ((fstatSync(file).mode & others) === 0) return
  } catch (error) {
    if (error instanceof PrivateFilesError) throw error
  } finally {
    closeSync(file)
  }
  warn(`${path} can be read by others, and its file system does not let this be changed.`)
}

/** Looks at a file before anything of the service's is written to it. @throws PrivateFilesError */
function demandOwn(path: string, warn: (text: string) => void): void {
  const seen = lstatSync(path)
  if (seen.isSymbolicLink())
    throw new PrivateFilesError(
      `${path} is a link. Put the file itself there, or name its folder with --data.`,
    )
  if (!seen.isFile()) throw new PrivateFilesError(`${path} is no file.`)
  if (!isMine(seen))
    throw new PrivateFilesError(`${path} belongs to another user, who could read and change it.`)
  if ((seen.mode & others) !== 0) close(path, seen, warn)
}

function createPrivate(path: string): void {
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600))
  } catch (error) {
    // Another service was faster: the lock decides between the two.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Makes a data folder and empty files in it that only this user can read or write, before anything is in them. Files that
 * are there already are mended. SQLite gives its logs the rights of the database beside them.
 *
 * Windows keeps no such bits: there the folder's own access list decides, and this only makes the folder.
 *
 * @param names the files that have to be there
 * @param warn told about what others can do that this could not change
 * @throws PrivateFilesError for links, and files of other users
 */
export function preparePrivateFiles(
  folder: string,
  names: readonly string[],
  warn: (text: string) => void,
): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  const { mode } = statSync(folder)
  if ((mode & writableByOthers) !== 0)
    warn(`Others can replace files in the data folder ${folder}. Make it private: chmod 700`)
  else if ((mode & others) !== 0)
    warn(`Others can look into the data folder ${folder}. Make it private: chmod 700`)
  for (const name of readdirSync(folder))
    if (ownPrefixes.some((prefix) => name.startsWith(prefix))) demandOwn(join(folder, name), warn)
  for (const name of names) createPrivate(join(folder, name))
  // Whoever put something else in their place meanwhile is found out.
  for (const name of names) demandOwn(join(folder, name), warn)
}
