import { expect, test } from 'vitest'
import type { Box } from '../../../../main/keyring/keyring.ts'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import type { Sealed } from '../../../../main/keyring/reseal.ts'
import { createDrafts } from '../../../../main/vault/drafts.ts'

/** Stands in for sealing: twice as long, and bound to what it belongs to. */
const box: Box = {
  seal: (text, associated) => `${associated}|${text}${text}`,
  open(sealed, associated) {
    if (!sealed.startsWith(`${associated}|`)) throw new Error('tampered')
    const both = sealed.slice(associated.length + 1)
    return both.slice(0, both.length / 2)
  },
}

test('C4 a draft is the last that was kept under its name, and each name has its own', () => {
  const drafts = createDrafts(() => box)
  drafts.keep('policy', 'first')
  drafts.keep('policy', 'second')
  drafts.keep('config', 'other')
  expect(drafts.take('policy')).toBe('second')
  expect(drafts.take('config')).toBe('other')
})

test('C4 a draft that was saved or thrown away does not come back', () => {
  const drafts = createDrafts(() => box)
  drafts.keep('policy', 'text')
  drafts.keep('config', 'text')
  drafts.drop('policy')
  expect(drafts.take('policy')).toBeUndefined()
  drafts.clear()
  expect(drafts.take('config')).toBeUndefined()
})

test('C4 a draft that is too large is not kept, nor is an older one in its place', () => {
  const drafts = createDrafts(() => box)
  drafts.keep('policy', 'small')
  expect(drafts.keep('policy', 'x'.repeat(200_000))).toBe('too-large')
  expect(drafts.take('policy')).toBeUndefined()
})

test('C4 drafts take 2 MB at most: the oldest make room', () => {
  const drafts = createDrafts(() => box)
  for (let count = 0; count < 20; count += 1) drafts.keep(`form ${count}`, 'x'.repeat(100_000))
  expect(drafts.take('form 0')).toBeUndefined()
  expect(drafts.take('form 9')).toBeUndefined()
  expect(drafts.take('form 10')).toHaveLength(100_000)
  expect(drafts.take('form 19')).toHaveLength(100_000)
})

test('C4 a draft is held sealed only, bound to its own name, and is opened when it is taken and not before', () => {
  const sealed: string[] = []
  const opened: string[] = []
  const drafts = createDrafts(() => ({
    seal(text, associated) {
      sealed.push(`${associated}: ${text}`)
      return `box ${sealed.length}`
    },
    open(text, associated) {
      opened.push(`${associated}: ${text}`)
      return 'what was in the box'
    },
  }))
  drafts.keep('policy', 'typed')
  drafts.keep('config', 'else')
  expect(sealed).toEqual(['policy: typed', 'config: else'])
  expect(opened).toEqual([])
  // All that comes back is what the box gives: nothing beside it was kept.
  expect(drafts.take('policy')).toBe('what was in the box')
  expect(opened).toEqual(['policy: box 1'])
  expect(drafts.take('policy')).toBeUndefined()
})

test('C4 a draft may take 256 KB as sealed and all of them 2 MB, to the byte', () => {
  const drafts = createDrafts(() => ({ seal: (text) => text, open: (text) => text }))
  const longest = 'x'.repeat(256 * 1024)
  expect(drafts.keep('one more', `${longest}x`)).toBe('too-large')
  for (let count = 0; count < 8; count += 1) expect(drafts.keep(`form ${count}`, longest)).toBe('kept')
  expect(drafts.take('form 0')).toBe(longest)
  drafts.keep('form 0', longest)
  for (let count = 1; count < 8; count += 1) drafts.keep(`form ${count}`, longest)
  expect(drafts.keep('small', 'x')).toBe('kept')
  expect(drafts.take('form 0')).toBeUndefined()
  expect(drafts.take('form 1')).toBe(longest)
  expect(drafts.keep('form 1', longest.slice(1))).toBe('kept')
  expect(drafts.take('form 2')).toBe(longest)
})

test('C4 a draft that is kept again is the youngest, and the last to make room', () => {
  const drafts = createDrafts(() => ({ seal: (text) => text, open: (text) => text }))
  const longest = 'x'.repeat(256 * 1024)
  for (let count = 0; count < 8; count += 1) drafts.keep(`form ${count}`, longest)
  drafts.keep('form 0', longest)
  drafts.keep('another', 'x')
  expect([drafts.take('form 0'), drafts.take('form 1')]).toEqual([longest, undefined])
})

/** Drafts in a box that marks what it seals with the key it has, and what sealing them anew does. */
function resealed() {
  const state = { key: 'old', fault: undefined as Error | undefined }
  let kept: Sealed | undefined
  const drafts = createDrafts((_purpose, sealed) => {
    kept = sealed
    return {
      seal: (text) => `${state.key} ${text}`,
      open(text) {
        if (state.fault && text === 'old bad') throw state.fault
        return text.slice(4)
      },
    }
  })
  for (const each of ['good', 'bad', 'last']) drafts.keep(each, each)
  state.key = 'new'
  return { drafts, state, resealAll: () => kept?.resealAll() }
}

test('B8 drafts are sealed anew with a new key, and one that can’t be opened any more is thrown away', () => {
  const { drafts, state, resealAll } = resealed()
  state.fault = new KeyringError('tampered')
  resealAll()
  state.fault = undefined
  expect(['good', 'bad', 'last'].map((each) => drafts.take(each))).toEqual(['good', undefined, 'last'])
})

test.each([new KeyringError('locked'), new Error('bug')])(
  'B8 drafts that could not be sealed anew for another reason (%s) are kept, and it is not called done',
  (fault) => {
    const { drafts, state, resealAll } = resealed()
    state.fault = fault
    expect(resealAll).toThrow(fault)
    state.fault = undefined
    expect(['good', 'bad', 'last'].map((each) => drafts.take(each))).toEqual(['good', 'bad', 'last'])
  },
)
