import type { ReadManagedSettings } from './managed-settings.ts'
import { findAdministrator, readManagedFile } from './managed-settings-file.ts'
import { readManagedRegistry, regExe } from './managed-settings-registry.ts'

/**
 * Where this system's administrators lay settings down: in the registry on Windows, where a user could have made the
 * usual folder, and elsewhere in a file.
 *
 * @param ownFile a file in place of that, which may be the user's own: for development and tests
 */
export function managedSettingsSource(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  ownFile: string | undefined,
): ReadManagedSettings {
  if (ownFile !== undefined) {
    const own = process.getuid?.()
    return async () => {
      const isAdministrator = await findAdministrator(platform)
      return readManagedFile(
        ownFile,
        own === undefined ? undefined : (uid) => uid === own || isAdministrator(uid),
      )
    }
  }
  if (platform === 'win32') {
    const query = regExe(env)
    return () => readManagedRegistry(query)
  }
  const path = managedSettingsFile(platform)
  return async () => readManagedFile(path, await findAdministrator(platform))
}

/** The file that an administrator's settings stand in; Windows has none. */
export const managedSettingsFile = (platform: Exclude<NodeJS.Platform, 'win32'>): string =>
  platform === 'darwin' ? '/Library/Application Support/Curfew/policy.json' : '/etc/curfew/policy.json'
