import { EventEmitter } from 'node:events'
import { browser } from './host.ts'
import { type FetchInit, fetchIn, verifyCertificatesWith } from './net.ts'
import { protocol } from './protocol.ts'
import type { StandInFrame } from './web-frame.ts'
import { StandInWebRequest } from './web-request.ts'

type RequestHandler = (
  contents: never,
  permission: never,
  callback: (isGranted: boolean) => void,
  details: never,
) => void
type CheckHandler = (contents: never, permission: never, origin: string, details: never) => boolean

/** What Electron calls each permission that Chromium can be told about, and what the DevTools protocol calls it. */
const permissionNames = {
  geolocation: ['geolocation'],
  notifications: ['notifications'],
  'clipboard-read': ['clipboard-read'],
  media: ['camera', 'microphone'],
  midi: ['midi'],
  'idle-detection': ['idle-detection'],
  'window-management': ['window-management'],
  'display-capture': ['display-capture'],
  'local-fonts': ['local-fonts'],
  'storage-access': ['storage-access'],
} as const satisfies Record<string, readonly string[]>

type ChromiumPermission = keyof typeof permissionNames

/** A session of Electron's. Windows all belong to the default one; others are there for `fetch`. */
export class StandInSession extends EventEmitter {
  readonly webRequest = new StandInWebRequest()
  readonly protocol = protocol
  #onRequest: RequestHandler | null = null
  #onCheck: CheckHandler | null = null
  #isSpellCheckerEnabled = true

  setPermissionRequestHandler(handler: RequestHandler | null): void {
    this.#onRequest = handler
  }

  setPermissionCheckHandler(handler: CheckHandler | null): void {
    this.#onCheck = handler
  }

  setCertificateVerifyProc(proc: Parameters<typeof verifyCertificatesWith>[0]): void {
    verifyCertificatesWith(proc)
  }

  fetch(input: string | Request, init?: FetchInit): Promise<Response> {
    return fetchIn(this.webRequest, input, init)
  }

  async clearCache(): Promise<void> {
    // Chromium's profile is new each time and answers of the app's own scheme are never cached.
  }

  async clearStorageData(): Promise<void> {
    await browser().root.send('Storage.clearCookies', {})
  }

  async closeAllConnections(): Promise<void> {}

  async clearAuthCache(): Promise<void> {}

  setSpellCheckerEnabled(isEnabled: boolean): void {
    this.#isSpellCheckerEnabled = isEnabled
  }

  isSpellCheckerEnabled(): boolean {
    return this.#isSpellCheckerEnabled
  }

  get spellCheckerEnabled(): boolean {
    return this.#isSpellCheckerEnabled
  }

  set spellCheckerEnabled(isEnabled: boolean) {
    this.#isSpellCheckerEnabled = isEnabled
  }

  getUserAgent(): string {
    return ''
  }

  /** Lets Chromium answer as the app's check handler does; without a handler all is granted, as in Electron. */
  applyChecks(contents: unknown, origin: string, chromiumOrigin: string): void {
    for (const permission of Object.keys(permissionNames) as ChromiumPermission[]) {
      const details = { requestingUrl: `${origin}/`, isMainFrame: true, securityOrigin: `${origin}/` }
      const isGranted = this.#onCheck
        ? this.#onCheck(contents as never, permission as never, `${origin}/`, details as never)
        : true
      setInChromium(permission, isGranted, chromiumOrigin)
    }
  }

  /** Asks the app's request handler, and has Chromium answer the page accordingly. */
  async decide(
    contents: unknown,
    permission: string,
    frame: StandInFrame,
    details: object,
    chromiumOrigin: string,
  ): Promise<boolean> {
    const handler = this.#onRequest
    const isGranted =
      handler === null ||
      (await new Promise<boolean>((resolve) => {
        const all = { requestingUrl: frame.url, isMainFrame: frame.parent === null, ...details }
        handler(contents as never, permission as never, resolve, all as never)
      }))
    if (permission in permissionNames)
      setInChromium(permission as ChromiumPermission, isGranted, chromiumOrigin)
    return isGranted
  }
}

function setInChromium(permission: ChromiumPermission, isGranted: boolean, origin: string): void {
  for (const name of permissionNames[permission]) {
    browser().root.post('Browser.setPermission', {
      permission: { name },
      setting: isGranted ? 'granted' : 'denied',
      origin,
    })
  }
}

export const defaultSession = new StandInSession()
const partitions = new Map<string, StandInSession>()

/** The `session` module. */
export const session = {
  defaultSession,
  fromPartition(partition: string, _options?: Electron.FromPartitionOptions): StandInSession {
    const known = partitions.get(partition) ?? new StandInSession()
    partitions.set(partition, known)
    return known
  },
}

/** The `net` module, whose `fetch` is the default session's. */
export const net = {
  fetch: (input: string | Request, init?: FetchInit) => defaultSession.fetch(input, init),
  isOnline: (): boolean => true,
  get online(): boolean {
    return true
  },
}
