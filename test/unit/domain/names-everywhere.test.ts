import { expect, test } from 'vitest'
import { nameKey, sortKey } from '../../../domain/names.ts'

const byBytes = (one: string, other: string) =>
  Math.sign(Buffer.compare(Buffer.from(sortKey(one)), Buffer.from(sortKey(other))))

test('The key of a name is the same in any case and normal form, for every character there is', () => {
  const different: string[] = []
  for (let point = 0; point < 0x110000; point++) {
    if (point >= 0xd800 && point < 0xe000) continue
    const name = `x${String.fromCodePoint(point)}x`
    const key = nameKey(name)
    const others = [
      key,
      name.toUpperCase(),
      name.toLowerCase(),
      name.normalize('NFD'),
      name.normalize('NFKC'),
    ]
    if (others.some((other) => nameKey(other) !== key)) different.push(point.toString(16))
  }
  expect(different).toEqual([])
})

test('No character that is never drawn is left in a key', () => {
  for (let point = 0; point < 0x110000; point++) {
    const character = String.fromCodePoint(point)
    if (/\p{Default_Ignorable_Code_Point}/u.test(character))
      expect(nameKey(`ad${character}min`)).toBe('admin')
  }
})

test('Names are sorted as Unicode’s collation has it: Latin, Greek and Cyrillic letters, digits and signs', () => {
  const letters = Array.from({ length: 0x460 - 0x20 }, (_, index) =>
    String.fromCodePoint(0x20 + index),
  ).filter(
    (character) =>
      /[\x20-\x7e]|[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(character) &&
      /[\x20-\x7e]|[\p{Lu}\p{Ll}]/u.test(character) &&
      // What has its own compatibility form, phonetic ligatures, and the dotless ı, which is an i here.
      character.normalize('NFKC') === character &&
      !/[ıȸȹʣ-ʫʦʧƾ\u0250-\u02af\u0370-\u0373\u0376-\u037f\u03cf-\u03ff]/.test(character),
  )
  expect(letters.length).toBeGreaterThan(600)
  const { compare } = new Intl.Collator('und')
  const wrong: string[] = []
  for (const one of letters)
    for (const other of letters) {
      const wanted = Math.sign(compare(`b${one}c`, `b${other}c`))
      if (wanted !== 0 && byBytes(`b${one}c`, `b${other}c`) !== wanted) wrong.push(one + other)
    }
  expect(wrong).toEqual([])
})
