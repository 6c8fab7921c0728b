import { expect, test } from 'vitest'
import { createClipboardGuard } from '../../../../main/vault/clipboard-guard.ts'
import { createVirtualTime, type VirtualTime } from '../../../support/virtual-time.ts'

const noFault = (error: unknown) => expect.unreachable(String(error))

function setting(port: ReturnType<typeof clipboard>, onFault: (error: unknown) => void = noFault) {
  const time = createVirtualTime()
  const told: boolean[] = []
  const { clock, after } = time
  const onChange = (ours: boolean) => told.push(ours)
  return { time, told, guard: createClipboardGuard({ clipboard: port, clock, after, onChange, onFault }) }
}
const guardOf = (port: ReturnType<typeof clipboard>) => setting(port).guard

/** Time passes second by second, and what each second sets off is done before the next. */
async function pass(time: VirtualTime, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    time.pass(1_000)
    await new Promise(setImmediate)
  }
}

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
  const { time, guard, told } = setting(port)
  await guard.copy('first')
  await pass(time, 29)
  await guard.copy('second')
  await pass(time, 29)
  expect([port.text, port.reads]).toEqual(['second', 0])
  await pass(time, 1)
  expect(port.text).toBe('')
  expect(told).toEqual([true, true, false])
  await guard.copy('third')
  port.text = 'theirs'
  await pass(time, 30)
  expect([port.text, port.reads]).toEqual(['theirs', 2])
  expect(told).toEqual([true, true, false, true, false])
  expect(time.waiting).toBe(0)
})

test('C4 the 30 seconds count sleep, and go on where somebody sets the clock back', async () => {
  const port = clipboard()
  const { time, guard } = setting(port)
  await guard.copy('secret')
  await pass(time, 2)
  time.sleep(60_000)
  expect(port.text).toBe('secret')
  await pass(time, 1)
  expect(port.text).toBe('')
  await guard.copy('secret')
  await pass(time, 15)
  time.setClock(-3_600_000)
  await pass(time, 14)
  expect(port.text).toBe('secret')
  await pass(time, 1)
  expect(port.text).toBe('')
})

test('C4 a clipboard that can’t be cleared when its time has come is told of once, and cleared as soon as it can be', async () => {
  const port = clipboard()
  const faults: unknown[] = []
  const { time, guard, told } = setting(port, (fault) => faults.push(fault))
  await guard.copy('secret')
  const { readText, writeText } = port
  port.readText = () => Promise.reject(new Error('gone'))
  await pass(time, 33)
  expect(faults).toEqual([new Error('gone')])
  port.readText = readText
  port.writeText = () => Promise.reject(new Error('still gone'))
  await pass(time, 3)
  expect(faults).toHaveLength(1)
  expect([port.text, told]).toEqual(['secret', [true]])
  port.writeText = writeText
  await pass(time, 1)
  expect(port.text).toBe('')
  expect(told).toEqual([true, false])
  expect(time.waiting).toBe(0)
})

test('C4 where it can’t be cleared at the lock either, that is said, and it is tried again every second', async () => {
  const port = clipboard()
  const { time, guard } = setting(port, () => {})
  await guard.copy('secret')
  const { readText } = port
  port.readText = () => Promise.reject(new Error('gone'))
  await expect(guard.clearIfOurs()).rejects.toThrow('gone')
  await pass(time, 2)
  expect(port.text).toBe('secret')
  port.readText = readText
  await pass(time, 1)
  expect(port.text).toBe('')
})

test('C4 what was copied anew while the last was being cleared has its own 30 seconds', async () => {
  const port = clipboard()
  const { time, guard } = setting(port)
  await guard.copy('first')
  await pass(time, 29)
  time.pass(1_000)
  await guard.copy('second')
  await pass(time, 29)
  expect(port.text).toBe('second')
  await pass(time, 1)
  expect(port.text).toBe('')
})

test('C4 a copy that fails half-way is cleared as one that did not', async () => {
  const port = clipboard()
  const { time, guard } = setting(port)
  const { writeText } = port
  port.writeText = async (text) => {
    await writeText(text)
    throw new Error('lost')
  }
  await expect(guard.copy('secret')).rejects.toThrow('lost')
  port.writeText = writeText
  await pass(time, 30)
  expect(port.text).toBe('')
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
  const { time, guard } = setting(port)
  await guard.copy('secret')
  await guard.clearIfOurs()
  expect(time.waiting).toBe(0)
  await Promise.all([guard.copy('first'), guard.copy('second')])
  expect(time.waiting).toBe(1)
})

test('C4 the time of an earlier copy does not end a later one that the clipboard is slow to take', async () => {
  const port = clipboard()
  const { time, guard } = setting(port)
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

test('C4 a clipboard that fails again after it was cleared is told of again', async () => {
  const port = clipboard()
  const faults: unknown[] = []
  const { time, guard } = setting(port, (fault) => faults.push(fault))
  const { readText } = port
  for (let round = 1; round <= 2; round += 1) {
    await guard.copy('secret')
    port.readText = () => Promise.reject(new Error('gone'))
    await pass(time, 33)
    expect(faults).toHaveLength(round)
    port.readText = readText
    await pass(time, 1)
    expect(port.text).toBe('')
  }
})

test('C4 a look at the clocks that comes when all is cleared already finds nothing to do', async () => {
  const port = clipboard()
  const faults: unknown[] = []
  const { time, guard, told } = setting(port, (fault) => faults.push(fault))
  await guard.copy('secret')
  const clearing = guard.clearIfOurs()
  time.pass(1_000)
  await clearing
  await pass(time, 2)
  expect([faults, told, port.reads, time.waiting]).toEqual([[], [true, false], 1, 0])
})
