import { type PoolOptions, type PoolWorker, ThreadsPoolWorker, type WorkerRequest } from 'vitest/node'

type Listener = Parameters<PoolWorker['on']>[1]

/**
 * Keeps one thread for all bugs of a run: starting a thread and loading the libraries costs several times what the tests
 * next to the code cost. Our own modules are loaded anew each time, as in any run that isolates its files.
 */
export function createKeptWorkers() {
  let thread: ThreadsPoolWorker | undefined
  let isStarted = false
  return {
    name: 'kept',
    createPoolWorker: (options: PoolOptions): PoolWorker => {
      const listeners = new Set<Listener>()
      let config: unknown
      const kept = () => {
        thread ??= new ThreadsPoolWorker(options)
        return thread
      }
      const answer = (type: 'started' | 'stopped') => {
        for (const listener of [...listeners]) listener({ type, __vitest_worker_response__: true })
      }
      return {
        name: 'kept',
        start: async () => {
          if (!isStarted) await kept().start()
        },
        stop: async () => {
          for (const listener of listeners) kept().off('message', listener)
        },
        on: (event, listener) => {
          if (event === 'message') listeners.add(listener)
          kept().on(event, listener)
        },
        off: (event, listener) => {
          listeners.delete(listener)
          kept().off(event, listener)
        },
        send: (message: WorkerRequest) => {
          if (message.type === 'stop') setImmediate(() => answer('stopped'))
          else if (message.type === 'start') {
            config = message.context.config
            if (isStarted) setImmediate(() => answer('started'))
            else kept().send(message)
            isStarted = true
          } else if (message.type === 'run')
            // Which tests are asked for is in the settings, and the thread has those of its start.
            kept().send({ ...message, context: { ...message.context, config } as typeof message.context })
          else kept().send(message)
        },
        deserialize: (data) => kept().deserialize(data),
      }
    },
  }
}
