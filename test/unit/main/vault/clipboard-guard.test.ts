import { expect, test } from 'vitest'
import { createClipboardGuard } from '../../../../main/vault/clipboard-guard.ts'

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
  const guard = createClipboardGuard(port)
  await guard.copy('secret')
  await guard.clearIfOurs()
  expect(port.text).toBe('')
  port.text = 'secret'
  await guard.clearIfOurs()
  expect(port.text).toBe('secret')
})

test('C4 what somebody else copied since stays', async () => {
  const port = clipboard()
  const guard = createClipboardGuard(port)
  await guard.copy('secret')
  port.text = 'theirs'
  await guard.clearIfOurs()
  expect(port.text).toBe('theirs')
})

test('C4 a clipboard that Curfew never used is not even read', async () => {
  const port = clipboard()
  await createClipboardGuard(port).clearIfOurs()
  expect([port.text, port.reads]).toEqual(['from before', 0])
})

test('C4 of several copies the last counts, also where it comes while clearing', async () => {
  const port = clipboard()
  const guard = createClipboardGuard(port)
  await guard.copy('first')
  await guard.copy('second')
  const clearing = guard.clearIfOurs()
  await guard.copy('third')
  await clearing
  port.text = 'third'
  await guard.clearIfOurs()
  expect(port.text).toBe('')
})

test('C4 what was copied is remembered by its hash only', async () => {
  const guard = createClipboardGuard(clipboard())
  await guard.copy('MARKER')
  expect(JSON.stringify(guard)).not.toContain('MARKER')
})
