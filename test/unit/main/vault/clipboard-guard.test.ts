import { expect, test, vi } from 'vitest'
import { createClipboardGuard } from '../../../../main/vault/clipboard-guard.ts'
import { createVirtualTime } from '../../../support/virtual-time.ts'

const neverLate = () => () => {}
const noFault = (error: unknown) => expect.unreachable(String(error))
const guardOf = (port: ReturnType<typeof clipboard>) => createClipboardGuard(port, neverLate, noFault)

function clipboard() {
  const port = {
    text: 'from before',
    reads: 0,
    async readText() {
      port.reads += 1
      return port.text
    },
    async writeText(text: string) {
      port.text = text
    },
  }
  return port
}

test('C4 what Curfew copied is cleared from the clipboard, once', async () => {
  const port = clipboard()
  const guard = guardOf(port)
  await guard.copy('secret')
  await guard.clearIfOurs()
  expect(port.text).toBe('')
  port.text = 'secret'
  await guard.clearIfOurs()
  expect(port.text).toBe('secret')
})

test('C4 what somebody else copied since stays', async () => {
  const port = clipboard()
  const guard = guardOf(port)
  await guard.copy('secret')
  port.text = 'theirs'
  await guard.clearIfOurs()
  expect(port.text).toBe('theirs')
})

test('C4 a clipboard that Curfew never used is not even read', async () => {
  const port = clipboard()
  await guardOf(port).clearIfOurs()
  expect([port.text, port.reads]).toEqual(['from before', 0])
})

test('C4 of several copies the last counts, also where it comes while clearing', async () => {
  const port = clipboard()
  const guard = guardOf(port)
  await guard.copy('first')
  await guard.copy('second')
  const clearing = guard.clearIfOurs()
  await guard.copy('third')
  await clearing
  port.text = 'third'
  await guard.clearIfOurs()
  expect(port.text).toBe('')
})

test('C4 what Curfew copied is cleared after 30 seconds, counted from the last copy, and nothing else is', async () => {
  const port = clipboard()
  const time = createVirtualTime()
  const guard = createClipboardGuard(port, time.after, noFault)
  await guard.copy('first')
  time.pass(29_000)
  await guard.copy('second')
  time.pass(29_000)
  await Promise.resolve()
  expect(port.text).toBe('second')
  time.pass(1_000)
  await vi.waitFor(() => expect(port.text).toBe(''))
  await guard.copy('third')
  port.text = 'theirs'
  const { reads } = port
  time.pass(30_000)
  await vi.waitFor(() => expect(port.reads).toBeGreaterThan(reads))
  expect(port.text).toBe('theirs')
  expect(time.waiting).toBe(0)
})

test('C4 a clipboard that can’t be cleared when its time has come is told of', async () => {
  const port = clipboard()
  const time = createVirtualTime()
  const faults: unknown[] = []
  const guard = createClipboardGuard(port, time.after, (fault) => faults.push(fault))
  await guard.copy('secret')
  port.readText = () => Promise.reject(new Error('gone'))
  time.pass(30_000)
  await vi.waitFor(() => expect(faults).toEqual([new Error('gone')]))
})

test('C4 a lock in the middle of a copy clears what the copy then writes', async () => {
  const port = clipboard()
  const written = Promise.withResolvers<void>()
  const write = port.writeText
  port.writeText = async (text) => {
    await written.promise
    await write(text)
  }
  const guard = guardOf(port)
  const copying = guard.copy('secret')
  const clearing = guard.clearIfOurs()
  written.resolve()
  await Promise.all([copying, clearing])
  expect(port.text).toBe('')
})

test('C4 a lock leaves no timer behind, and nor does a copy that overtakes another', async () => {
  const port = clipboard()
  const time = createVirtualTime()
  const guard = createClipboardGuard(port, time.after, noFault)
  await guard.copy('secret')
  await guard.clearIfOurs()
  expect(time.waiting).toBe(0)
  await Promise.all([guard.copy('first'), guard.copy('second')])
  expect(time.waiting).toBe(1)
})

test('C4 the time of an earlier copy does not end a later one that the clipboard is slow to take', async () => {
  const port = clipboard()
  const time = createVirtualTime()
  const guard = createClipboardGuard(port, time.after, noFault)
  await guard.copy('first')
  const written = Promise.withResolvers<void>()
  const write = port.writeText
  port.writeText = async (text) => {
    await written.promise
    await write(text)
  }
  time.pass(29_000)
  const copying = guard.copy('second')
  time.pass(1_000)
  written.resolve()
  await copying
  await new Promise(setImmediate)
  expect(port.text).toBe('second')
})

test('C4 a clipboard that failed is used again: what is copied and cleared afterwards is', async () => {
  const port = clipboard()
  const guard = guardOf(port)
  await guard.copy('secret')
  const read = port.readText
  port.readText = () => Promise.reject(new Error('gone'))
  await expect(guard.clearIfOurs()).rejects.toThrow('gone')
  port.readText = read
  // It is still ours: the next lock clears it.
  await guard.clearIfOurs()
  expect(port.text).toBe('')
  await guard.copy('another')
  expect(port.text).toBe('another')
})
