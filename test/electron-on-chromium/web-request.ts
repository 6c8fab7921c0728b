type Filter = Electron.WebRequestFilter
type Listener = (details: never, callback: (response: never) => void) => void

interface Hook {
  readonly filter: Filter | undefined
  readonly listener: Listener
}

/** The hooks that the stand-in calls, a request's own order. */
export type HookName = 'onBeforeRequest' | 'onBeforeSendHeaders' | 'onHeadersReceived'

function matches(pattern: string, url: string): boolean {
  if (pattern === '<all_urls>') return true
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')
  return new RegExp(`^${escaped}$`).test(url)
}

/** A session's `webRequest`. */
export class StandInWebRequest {
  readonly #hooks = new Map<HookName, Hook>()

  #set(name: HookName, filter: unknown, listener: unknown): void {
    const hook = typeof filter === 'function' ? { filter: undefined, listener: filter } : { filter, listener }
    if (hook.listener) this.#hooks.set(name, hook as Hook)
    else this.#hooks.delete(name)
  }

  onBeforeRequest(filter: unknown, listener?: unknown): void {
    this.#set('onBeforeRequest', filter, listener)
  }

  onBeforeSendHeaders(filter: unknown, listener?: unknown): void {
    this.#set('onBeforeSendHeaders', filter, listener)
  }

  onHeadersReceived(filter: unknown, listener?: unknown): void {
    this.#set('onHeadersReceived', filter, listener)
  }

  has(name: HookName): boolean {
    return this.#hooks.has(name)
  }

  /** Asks a hook; without one that matches, the answer is empty. */
  async ask<R extends object>(
    name: HookName,
    details: { readonly url: string; readonly resourceType: string },
  ): Promise<Partial<R>> {
    const hook = this.#hooks.get(name)
    if (!hook) return {}
    const { urls, excludeUrls, types } = (hook.filter ?? {}) as Partial<Filter>
    const isWanted =
      (!urls || urls.length === 0 || urls.some((pattern) => matches(pattern, details.url))) &&
      !excludeUrls?.some((pattern) => matches(pattern, details.url)) &&
      (!types || (types as readonly string[]).includes(details.resourceType))
    if (!isWanted) return {}
    return new Promise((resolve) => {
      hook.listener(details as never, (response: unknown) => resolve((response ?? {}) as Partial<R>))
    })
  }
}
