import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { OptionsError } from './options.ts'

const longest = 4_096

/**
 * The password in the first line of a file.
 *
 * @throws OptionsError for what can't be read, is no file, or can be read by others (Windows keeps no such bits, so there
 *   it is not asked)
 */
export function readPasswordFile(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    throw new OptionsError('The file of --owner-password-file can’t be read.')
  }
  try {
    // What was opened is looked at, not what has the name by then.
    const about = fstatSync(file)
    if (!about.isFile()) throw new OptionsError('--owner-password-file is a file.')
    if (process.platform !== 'win32' && (about.mode & 0o077) !== 0)
      throw new OptionsError('The file of --owner-password-file can be read by others: chmod 600 it.')
    const bytes = Buffer.alloc(longest)
    const [line = ''] = bytes.toString('utf8', 0, readSync(file, bytes, 0, longest, 0)).split(/\r?\n/)
    if (line === '') throw new OptionsError('The file of --owner-password-file is empty.')
    return line
  } finally {
    closeSync(file)
  }
}
