/** What a listener gets first: an event whose default can be prevented, with Electron's extra properties. */
export class PreventableEvent {
  defaultPrevented = false

  static create<T extends object>(details: T): PreventableEvent & T {
    // Getters stay getters.
    const own = Object.getOwnPropertyDescriptors(details)
    return Object.defineProperties(new PreventableEvent(), own) as PreventableEvent & T
  }

  preventDefault(): void {
    this.defaultPrevented = true
  }
}
