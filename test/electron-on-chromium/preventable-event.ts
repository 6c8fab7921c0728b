/** What a listener gets first: an event whose default can be prevented, with Electron's extra properties. */
export class PreventableEvent {
  defaultPrevented = false

  static create<T extends object>(details: T): PreventableEvent & T {
    return Object.assign(new PreventableEvent(), details)
  }

  preventDefault(): void {
    this.defaultPrevented = true
  }
}
