import { randomBytes } from 'node:crypto'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'

/** A running session service, as a child process of ours. */
export interface ServiceProcess {
  /** Where it listens: `http://127.0.0.1:4180`. */
  readonly address: string
  /** Settles when the process has ended, for whatever reason. */
  readonly ended: Promise<void>
  /** Asks it to drain and end; settles when it has. */
  stop(): Promise<void>
}

export interface ServiceStart {
  readonly dataFolder: string
  /** The port to listen on; 0 for any free one. */
  readonly port: number
  /** The password of the Owner account, on the first start of a data folder only. */
  readonly ownerPassword?: string
  /** The password of the sample people, likewise. */
  readonly demoPassword?: string
  /** With it the process proves that it is the one: 32 random bytes in base64url, others at every start. */
  readonly proofKey: string
}

/** What one says to have the service started. */
type Wanted = Omit<ServiceStart, 'proofKey'>

export interface BuiltInServicePorts {
  /** Starts the process and settles once it listens; rejects when it does not come up. */
  readonly start: (options: ServiceStart) => Promise<ServiceProcess>
  /** Told when the service listens again after it had ended by itself. */
  readonly onRestarted: () => void
  readonly report: (error: unknown) => void
}

/** The session service that comes with Curfew: started when first needed, kept running, stopped on quit. */
export interface BuiltInService {
  /** The address of the running service, started first if need be: on the port asked for, if that is free. */
  address(options: Wanted): Promise<Outcome<string>>
  /** What the process that now runs can prove to have; `undefined` while none does. */
  proofKey(): string | undefined
  /** Ends it; `address` starts it again. */
  stop(): Promise<void>
}

export function createBuiltInService(ports: BuiltInServicePorts): BuiltInService {
  let running: Promise<ServiceProcess> | undefined
  let proofKey: string | undefined
  const stopped = new WeakSet<ServiceProcess>()

  function start(options: Wanted): Promise<ServiceProcess> {
    running = startPreferring(options)
    // What outlives the start must not keep its passwords.
    const { dataFolder } = options
    running.then(
      (process) => {
        const port = Number(new URL(process.address).port)
        void process.ended.then(() => {
          running = undefined
          proofKey = undefined
          if (stopped.has(process)) return
          start({ dataFolder, port }).then(ports.onRestarted, ports.report)
        })
      },
      () => {
        running = undefined
      },
    )
    return running
  }

  /** The same port again, so that people's pages keep their address; another where it is taken. */
  async function startPreferring(options: Wanted): Promise<ServiceProcess> {
    if (options.port === 0) return startOnce(options)
    try {
      return await startOnce(options)
    } catch {
      return startOnce({ ...options, port: 0 })
    }
  }

  /** A key is known to one process only, so that nobody who has taken the place of one can have heard of it. */
  async function startOnce(options: Wanted): Promise<ServiceProcess> {
    const made = randomBytes(32).toString('base64url')
    const process = await ports.start({ ...options, proofKey: made })
    proofKey = made
    return process
  }

  return {
    async address(options) {
      try {
        const process = await (running ?? start(options))
        return succeed(process.address)
      } catch (error) {
        ports.report(error)
        return fail({
          code: 'unreachable',
          message: 'The built-in service did not start. Curfew keeps trying; restarting Curfew may help.',
        })
      }
    },
    proofKey: () => proofKey,
    async stop() {
      const process = await running?.catch(() => undefined)
      if (!process) return
      stopped.add(process)
      await process.stop()
    },
  }
}
