import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { utilityProcess } from 'electron'
import { z } from 'zod'
import type { ServiceProcess, ServiceStart } from './built-in-service.ts'

const StartLine = z.object({ listening: z.url() })
const startTimeoutMs = 30_000
const stopTimeoutMs = 5_000

/**
 * Starts the session service as a utility process.
 *
 * It fills a new data folder with people to look at, and ends by itself if Curfew dies.
 *
 * @param entry the service's built entry file
 * @param timeScale how many times faster its clock runs; 1 outside development
 */
export function startServiceProcess(
  entry: string,
  timeScale: number,
  { dataFolder, port, ...secrets }: ServiceStart,
): Promise<ServiceProcess> {
  const child = utilityProcess.fork(
    entry,
    [
      ...[
        '--port',
        String(port),
        '--data',
        dataFolder,
        '--owner',
        'owner',
        '--demo',
        '--secrets-from-parent',
        '--exit-with-parent',
      ],
      ...(timeScale === 1 ? [] : ['--time-scale', String(timeScale)]),
    ],
    {
      serviceName: 'Curfew session service',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  // Other programs of the same user can read what a process was started with; this they can't.
  child.postMessage(secrets)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))

  async function stop(): Promise<void> {
    child.kill()
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopTimeoutMs).unref())
    await Promise.race([ended, late])
  }

  return new Promise((resolve, reject) => {
    const giveUp = (why: string) => {
      child.kill()
      reject(new Error(`The session service did not start: ${why}`))
    }
    const timer = setTimeout(() => giveUp('it took too long'), startTimeoutMs)
    void ended.then(() => {
      clearTimeout(timer)
      reject(new Error('The session service ended while starting.'))
    })
    child.stderr?.resume()
    if (child.stdout === null) return
    createInterface({ input: Readable.from(child.stdout) }).on('line', (line) => {
      const start = StartLine.safeParse(parseJson(line))
      if (!start.success) return
      clearTimeout(timer)
      resolve({ address: start.data.listening, ended, stop })
    })
  })
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
