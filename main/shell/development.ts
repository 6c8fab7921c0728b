/** What an unpackaged build takes from the environment, for development and tests. A packaged build has none. */
export interface Development {
  /** Vite's server, when hot reload is on. */
  readonly server?: URL
  /** What the keychain's entries are filed under, so that tests and demos leave the person's own alone. */
  readonly keychainService: string
  /** How many times faster the app's own idle lock counts: a minute passes in a second at 60. */
  readonly lockTimeScale: number
  /** How many times faster the built-in service's clock runs. */
  readonly serviceTimeScale: number
  /** A file of managed settings to read in place of the computer's. */
  readonly managedSettingsFile?: string
}

/** Reads the development switches; in a packaged build the environment has no say. */
export function readDevelopment(isPackaged: boolean, env: NodeJS.ProcessEnv): Development {
  const {
    CURFEW_DEV_SERVER,
    CURFEW_KEYCHAIN_SERVICE,
    CURFEW_LOCK_TIME_SCALE,
    CURFEW_POLICY_FILE,
    CURFEW_SERVICE_TIME_SCALE,
  } = isPackaged ? ({} as NodeJS.ProcessEnv) : env
  return {
    ...(CURFEW_DEV_SERVER && { server: new URL(CURFEW_DEV_SERVER) }),
    keychainService: CURFEW_KEYCHAIN_SERVICE ?? 'Curfew',
    lockTimeScale: scale(CURFEW_LOCK_TIME_SCALE),
    serviceTimeScale: scale(CURFEW_SERVICE_TIME_SCALE),
    ...(CURFEW_POLICY_FILE && { managedSettingsFile: CURFEW_POLICY_FILE }),
  }
}

function scale(text: string | undefined): number {
  const factor = Number(text ?? 1)
  return Number.isFinite(factor) && factor >= 1 ? factor : 1
}
