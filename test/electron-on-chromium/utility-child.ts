import { EventEmitter } from 'node:events'
import { pathToFileURL } from 'node:url'

/** `process.parentPort` as a utility process of Electron has it, over Node's own channel to the parent. */
class ParentPort extends EventEmitter {
  readonly #post: (message: unknown) => void
  readonly #early: unknown[] = []

  constructor() {
    super()
    const send = process.send?.bind(process)
    this.#post = (message) => void send?.(message)
    process.on('message', (data) => {
      if (this.listenerCount('message') === 0) this.#early.push(data)
      else this.emit('message', { data, ports: [] })
    })
    this.on('newListener', (name) => {
      if (name !== 'message') return
      const messages = this.#early.splice(0)
      process.nextTick(() => {
        for (const data of messages) this.emit('message', { data, ports: [] })
      })
    })
  }

  postMessage(message: unknown): void {
    this.#post(message)
  }

  start(): void {}

  pause(): void {}
}

const [execPath = '', , modulePath = '', ...rest] = process.argv
process.argv = [execPath, modulePath, ...rest]
Object.assign(process, { parentPort: new ParentPort(), type: 'utility' })
delete process.send
// A utility process never outlives its app.
process.once('disconnect', () => process.exit(0))
await import(pathToFileURL(modulePath).href)
