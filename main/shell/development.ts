/** What an unpackaged build takes from the environment, for development and tests. A packaged build has none. */
export interface Development {
  /** Vite's server, when hot reload is on. */
  readonly server?: URL
  /** How many times faster the app's own idle lock counts: a minute passes in a second at 60. */
  readonly lockTimeScale: number
  /** How many times faster the built-in service's clock runs. */
  readonly serviceTimeScale: number
}

/** Reads the development switches; in a packaged build the environment has no say. */
export function readDevelopment(isPackaged: boolean, env: NodeJS.ProcessEnv): Development {
  const {
    CURFEW_DEV_SERVER: server,
    CURFEW_LOCK_TIME_SCALE,
    CURFEW_SERVICE_TIME_SCALE,
  } = isPackaged ? {} : env
  return {
    ...(server && { server: new URL(server) }),
    lockTimeScale: scale(CURFEW_LOCK_TIME_SCALE),
    serviceTimeScale: scale(CURFEW_SERVICE_TIME_SCALE),
  }
}

function scale(text: string | undefined): number {
  const factor = Number(text ?? 1)
  return Number.isFinite(factor) && factor >= 1 ? factor : 1
}
