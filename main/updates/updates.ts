import { gt, lt } from 'semver'
import { fail, type Outcome, succeed } from '../../domain/problem.ts'
import type { UpdateState } from '../../domain/update.ts'
import type { After } from '../clock.ts'
import type { Fetch } from '../connectors/connector.ts'
import type { UpdateSource } from '../settings/update-source.ts'
import { fetchBounded, UpdateFault } from './bounded-fetch.ts'
import { download, isAsSigned } from './download.ts'
import {
  feedName,
  fileFor,
  isSigned,
  type PackageKind,
  type ReleaseFile,
  readFeed,
  type SignedRelease,
} from './signed-feed.ts'
import type { UpdatesMemory } from './updates-file.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const largestFeed = 64 * 1024
const largestSignature = 4 * 1024
/** How long an answer may keep still, and how long the feed may take to its last byte. */
const usualLimits = { stallMs: 30_000, feedMs: 15_000 }

/** A file that is to be handed to the system's installer. */
export interface ReadyUpdate {
  readonly path: string
  readonly version: string
  readonly file: ReleaseFile
}

export interface UpdatesPorts {
  /** The version that runs. */
  readonly version: string
  readonly platform: 'darwin' | 'win32' | 'linux'
  readonly arch: string
  /** How this Curfew was installed; absent where nothing can update it. */
  readonly kind?: PackageKind
  readonly fetch: Fetch
  /** Hands the file to the system's installer; settles once that has taken it. */
  readonly install: (update: ReadyUpdate) => Promise<void>
}

export interface UpdatesParts extends UpdatesPorts {
  /** Where the downloaded file is kept: a folder of its own. */
  readonly folder: string
  readonly memory: { readonly value: UpdatesMemory; write(value: UpdatesMemory): Promise<void> }
  /** Whether to look once a day. */
  readonly checksDaily: () => boolean
  readonly isUnlocked: () => boolean
  readonly now: () => number
  readonly after: After
  /** Told each state. */
  readonly onState: (state: UpdateState) => void
  readonly log: (what: string, error?: unknown) => void
  /** Only tests have a reason to give others. */
  readonly limits?: { readonly stallMs: number; readonly feedMs: number }
}

/**
 * Updates of Curfew itself: looked for once a day while it is unlocked, downloaded when the person says so, installed when
 * they quit. Nothing that the publisher has not signed is read, kept or installed.
 */
export interface Updates {
  state(): UpdateState
  /** Where to look from now on; what was found or downloaded elsewhere is dropped. */
  follow(source: UpdateSource | 'organisation' | 'nowhere'): void
  /** Looks now, or as soon as a day is over. */
  unlocked(): void
  check(): Promise<Outcome<undefined>>
  download(): Outcome<undefined>
  /** Ends a download, or drops what was downloaded. */
  cancel(): void
  /** What quitting installs, to be called once everything else has ended; `undefined` where it installs nothing. */
  atQuit(): (() => Promise<void>) | undefined
}

type Step = UpdateState['step']

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state and its few transitions, to be read together.
export function createUpdates(parts: UpdatesParts): Updates {
  const { memory, log, limits: { stallMs, feedMs } = usualLimits } = parts
  let source: UpdateSource | 'organisation' | 'nowhere' = 'nowhere'
  let step: Step = { at: 'off', why: 'nowhere' }
  let problem: string | undefined
  let found: { readonly release: SignedRelease; readonly file: ReleaseFile | undefined } | undefined
  let ready: ReadyUpdate | undefined
  /** Ends what runs; a new one each time that what ran no longer counts. */
  let running = new AbortController()

  const state = (): UpdateState => ({
    current: parts.version,
    checkedAt: memory.value.checkedAt > 0 ? new Date(memory.value.checkedAt).toISOString() : null,
    problem: problem ?? null,
    step,
  })
  function go(next: Step, why?: string): void {
    step = next
    problem = why
    parts.onState(state())
  }
  function renew(): AbortSignal {
    running.abort()
    running = new AbortController()
    return running.signal
  }

  const available = (): Step => {
    if (!found) return { at: 'idle' }
    const { release, file } = found
    const { version, notes } = release
    return { at: 'available', release: { version, notes }, ...(file && { size: file.size }) }
  }

  /** The feed's release, once its signature is good and it fits this computer. */
  async function lookUp({ feed, keys }: UpdateSource, signal: AbortSignal): Promise<SignedRelease> {
    const name = feedName(parts.platform, parts.arch)
    const url = new URL(name, feed).href
    const limits = { fetch: parts.fetch, withinMs: feedMs, stallMs, signal }
    const bytes = await fetchBounded({ ...limits, url, most: largestFeed })
    const signature = await fetchBounded({ ...limits, url: `${url}.sig`, most: largestSignature })
    if (!isSigned(name, bytes, signature.toString('latin1'), keys))
      throw new UpdateFault(
        'What the feed offers is not signed by Curfew’s publisher. Nothing of it was used.',
      )
    const release = await readFeed(bytes)
    if (!release) throw new UpdateFault('The feed is signed, and Curfew can’t read it.')
    if (lt(release.version, memory.value.newest))
      throw new UpdateFault(
        `The feed offers ${release.version}, although ${memory.value.newest} has been released. Curfew takes no older one.`,
      )
    return release
  }

  async function check(): Promise<Outcome<undefined>> {
    if (typeof source === 'string') return refusedAs(source)
    if (step.at !== 'idle' && step.at !== 'available') return succeed(undefined)
    const signal = renew()
    const before = step
    go({ at: 'checking' })
    try {
      const release = await lookUp(source, signal)
      signal.throwIfAborted()
      const isNewer = gt(release.version, parts.version)
      const file = parts.kind && fileFor(release, parts.kind, parts.arch)
      if (isNewer && parts.kind && !file)
        throw new UpdateFault(`${release.version} has been released, but not for this computer.`)
      found = isNewer ? { release, file } : undefined
      await memory.write({ checkedAt: parts.now(), newest: release.version })
      go(available())
    } catch (error) {
      if (signal.aborted) return succeed(undefined)
      go(before, explain(error))
    }
    return succeed(undefined)
  }

  function startDownload(): Outcome<undefined> {
    if (typeof source === 'string') return refusedAs(source)
    const { release, file } = found ?? {}
    if (step.at !== 'available' || !release || !file)
      return fail({ code: 'refused', message: 'There is nothing to download.' })
    void bring(source.feed, release, file, renew())
    return succeed(undefined)
  }

  async function bring(
    feed: string,
    { version, notes }: SignedRelease,
    file: ReleaseFile,
    signal: AbortSignal,
  ): Promise<void> {
    const shown = { version, notes }
    let percent = 0
    go({ at: 'downloading', release: shown, size: file.size, received: 0 })
    try {
      const path = await download({
        fetch: parts.fetch,
        feed,
        file,
        folder: parts.folder,
        signal,
        stallMs,
        onProgress(received) {
          const now = Math.floor((received / file.size) * 100)
          if (now > percent && !signal.aborted)
            go({ at: 'downloading', release: shown, size: file.size, received })
          percent = now
        },
      })
      if (signal.aborted) return
      ready = { path, version, file }
      go({ at: 'ready', release: shown })
    } catch (error) {
      if (!signal.aborted) go(available(), explain(error))
    }
  }

  function explain(error: unknown): string {
    if (error instanceof UpdateFault) return error.message
    log('An update came to nothing', error)
    return 'The update could not be kept on this computer.'
  }

  const isDue = () => {
    const since = parts.now() - memory.value.checkedAt
    return since >= dayMs || since < 0
  }
  let cancelTimer = () => {}
  function unlocked(): void {
    cancelTimer()
    if (parts.isUnlocked() && parts.checksDaily() && isDue() && step.at === 'idle') void check()
    cancelTimer = parts.after(hourMs, unlocked)
  }

  return {
    state,
    check,
    unlocked,
    download: startDownload,
    follow(next) {
      if (JSON.stringify(next) === JSON.stringify(source)) return
      source = next
      renew()
      found = undefined
      ready = undefined
      go(typeof next === 'string' ? { at: 'off', why: next } : { at: 'idle' })
    },
    cancel() {
      if (step.at !== 'downloading' && step.at !== 'ready') return
      renew()
      ready = undefined
      go(available())
    },
    atQuit() {
      const update = ready
      if (!update || !parts.isUnlocked()) return undefined
      return async () => {
        // Time has passed since it was downloaded, and others can write to the disk.
        if (!(await isAsSigned(update.path, update.file))) log('The downloaded update has changed')
        else if (gt(update.version, parts.version)) await parts.install(update)
      }
    },
  }
}

function refusedAs(source: 'organisation' | 'nowhere'): Outcome<never> {
  const message =
    source === 'organisation'
      ? 'Your organisation has switched updates off.'
      : 'This Curfew has not been told where updates come from.'
  return fail({ code: 'refused', message })
}
