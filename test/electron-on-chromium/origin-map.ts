/**
 * Chromium does not know the app's own schemes, and has no way to be told. A page of `app://curfew` is therefore at
 * `https://curfew.app.invalid` inside Chromium: a secure origin of its own, whose every request is answered here and
 * none is sent (`.invalid` never resolves). The app sees only its own URLs.
 */
export class OriginMap {
  readonly #schemes = new Set<string>()

  add(scheme: string): void {
    this.#schemes.add(scheme)
  }

  /** From the app's URL to Chromium's. */
  toChromium(url: string): string {
    const [, scheme = '', host = '', rest = ''] =
      /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([\s\S]*)$/i.exec(url) ?? []
    if (!this.#schemes.has(scheme.toLowerCase())) return url
    const path = rest.startsWith('/') ? rest : `/${rest}`
    return `https://${host.toLowerCase()}.${scheme.toLowerCase()}.invalid${path}`
  }

  /** From Chromium's URL, or origin, to the app's. */
  toApp(url: string): string {
    const [, host = '', scheme = '', rest = ''] =
      /^https:\/\/([^/?#]+)\.([a-z0-9+-]+)\.invalid((?:[/?#][\s\S]*)?)$/.exec(url) ?? []
    return this.#schemes.has(scheme) ? `${scheme}://${host}${rest}` : url
  }
}

/** The one map of this process. */
export const originMap = new OriginMap()
