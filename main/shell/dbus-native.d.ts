import type { Socket } from 'node:net'

// What the package has and its own declarations leave out.
declare module '@homebridge/dbus-native' {
  export function createClient(options: { readonly stream: Socket }): MessageBus
  interface MessageBus {
    addMatch(rule: string, done: (error: unknown) => void): void
  }
}
