import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import keytar from 'keytar'
import { type SecretService, type StoredSecret, startSecretService } from './secret-service.ts'

/** A keychain for one test, apart from the person's own. */
export interface TestKeychain {
  /** What Curfew needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>
  /** Everything Curfew has stored in it, as any program of the same user could read it. */
  stored(): Promise<readonly StoredSecret[]>
  /** On Linux: what can be done to it from outside Curfew. */
  readonly service: SecretService | undefined
  /** Leaves nothing behind. */
  stop(): Promise<void>
}

/**
 * On Linux a private Secret Service; elsewhere the system's own keychain, with the entries under a name that only this
 * test uses.
 */
export async function startTestKeychain(): Promise<TestKeychain> {
  if (process.platform === 'linux') {
    const service = await startSecretService()
    const { env, folder, stop } = service
    // A home and a system bus of its own too: nothing of the person's session is read, asked or written.
    const { DBUS_SESSION_BUS_ADDRESS = '' } = env
    const home = { HOME: folder, XDG_RUNTIME_DIR: join(folder, 'run') }
    return {
      env: { ...env, ...home, DBUS_SYSTEM_BUS_ADDRESS: DBUS_SESSION_BUS_ADDRESS },
      stored: () => service.stored('Curfew'),
      service,
      stop,
    }
  }
  const service = `Curfew test ${randomUUID()}`
  const stored = () => keytar.findCredentials(service)
  return {
    env: { CURFEW_KEYCHAIN_SERVICE: service },
    stored,
    service: undefined,
    async stop() {
      if (process.platform === 'darwin') {
        // Deleting asks nobody; finding would, for what another program has written.
        while (spawnSync('security', ['delete-generic-password', '-s', service]).status === 0);
        return
      }
      for (const { account } of await stored()) await keytar.deletePassword(service, account)
    },
  }
}
