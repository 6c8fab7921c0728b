import { originMap } from './origin-map.ts'

type Handler = (request: Request) => Response | Promise<Response>

const handlers = new Map<string, Handler>()

/** The app's handler for a URL's scheme. */
export function handlerFor(url: string): Handler | undefined {
  return handlers.get(url.slice(0, url.indexOf(':')).toLowerCase())
}

export const protocol = {
  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    for (const { scheme } of schemes) originMap.add(scheme)
  },
  handle(scheme: string, handler: Handler): void {
    if (handlers.has(scheme)) throw new Error(`The scheme is already handled: ${scheme}`)
    originMap.add(scheme)
    handlers.set(scheme, handler)
  },
}
