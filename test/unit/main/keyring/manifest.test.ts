import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KeyringError } from '../../../../main/keyring/keyring-error.ts'
import {
  announce,
  decodeManifest,
  encodeManifest,
  generationOf,
  newManifest,
  settle,
} from '../../../../main/keyring/manifest.ts'

const [one, two] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222']
const written = settle(announce(newManifest, one, 'write'), 2)

describe('B8 the manifest', () => {
  test('B8 of a new keyring knows its first wrap and no instance', () => {
    expect(newManifest).toMatchObject({ counter: 1, wrap: 1, nextWrap: 0, pending: undefined })
    expect(newManifest.generations.size).toBe(0)
    expect(generationOf(newManifest, one)).toBe(0)
  })

  test('B8 announces a write with the next generation, a deletion with none, and gives no number twice', () => {
    const first = announce(newManifest, one, 'write')
    expect(first).toMatchObject({ counter: 2, pending: { id: one, from: 0, to: 2 } })
    expect(written).toMatchObject({ counter: 2, pending: undefined })
    expect([generationOf(written, one), generationOf(written, two)]).toEqual([2, 0])
    const second = announce(written, one, 'write')
    expect(second).toMatchObject({ counter: 3, pending: { id: one, from: 2, to: 3 } })
    const gone = announce(written, one, 'delete')
    expect(gone).toMatchObject({ counter: 3, pending: { id: one, from: 2, to: 0 } })
    expect(settle(gone, 0).generations.size).toBe(0)
    // What comes after a deletion is newer than anything that was before.
    expect(announce(settle(gone, 0), one, 'write').pending?.to).toBe(4)
  })

  test('B8 settles on what was found, and on nothing where nothing was announced', () => {
    const announced = announce(written, one, 'write')
    expect(generationOf(settle(announced, 2), one)).toBe(2)
    expect(generationOf(settle(announced, 3), one)).toBe(3)
    expect(generationOf(announced, one)).toBe(2)
    expect(settle(written, 9)).toBe(written)
  })

  test('B8 is one line in front of twelve bytes an instance: a fingerprint and its generation', () => {
    const print = createHash('sha256').update(one).digest().subarray(0, 8)
    const record = Buffer.concat([print, Buffer.from([0, 0, 0, 2])])
    expect(encodeManifest(written)).toEqual(Buffer.concat([Buffer.from('2 1 0\n'), record]))
    expect(encodeManifest({ ...newManifest, resealing: true })).toEqual(Buffer.from('1 1 0 resealing\n'))
    expect(encodeManifest(announce(written, two, 'delete'))).toEqual(
      Buffer.concat([Buffer.from(`3 1 0 ${two} 0 0\n`), record]),
    )
  })

  test('B8 is read as it was written, whatever it holds', () => {
    const number = fc.integer({ min: 1, max: 4_294_967_295 })
    const manifests = fc.record({
      counter: number,
      wrap: number,
      nextWrap: fc.nat(),
      resealing: fc.boolean(),
      pending: fc.option(fc.record({ id: fc.uuid(), from: fc.nat(), to: fc.nat() }), { nil: undefined }),
      generations: fc
        .array(fc.tuple(fc.stringMatching(/^[0-9a-f]{16}$/), number), { maxLength: 20 })
        .map((entries) => new Map(entries)),
    })
    fc.assert(
      fc.property(manifests, (some) => {
        const manifest = { ...newManifest, ...some }
        expect(decodeManifest(encodeManifest(manifest), 'manifest')).toEqual(manifest)
      }),
      { numRuns: 200 },
    )
  })

  test.each([
    ['nothing', ''],
    ['no line', '2 1 0'],
    ['an empty line', '\n'],
    ['a line with too little in it', '2 1\n'],
    ['a line with a gap', '2  0\n'],
    ['a record of sixteen bytes', `2 1 0\n${'x'.repeat(16)}`],
    ['half an instance', '2 1 0\n123456'],
    ['one and a half', `2 1 0\n${'x'.repeat(18)}`],
  ])('B8 with %s in it is called tampered, under its name', (_, text) => {
    expect(() => decodeManifest(Buffer.from(text), 'manifest')).toThrow(
      new KeyringError('tampered', 'manifest'),
    )
  })
})
