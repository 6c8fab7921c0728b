import { expect, test } from 'vitest'
import { hidesCharacters, nameKey, searchKey, sortKey, visible } from '../../../domain/names.ts'

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

test.each([
  [['adam', 'Zoë', 'zoe', 'Adam', 'Zoe', 'ZOË']],
  [['cote', 'coté', 'côte', 'côté', 'Cote', 'coteau']],
  [['Müller', 'Mueller', 'Muller', 'muller', 'Mulder', 'Münster']],
  [['de la Cruz', 'Delacroix', 'de Vries', 'devries', "d'Arc", 'D Arc']],
  [['Ødegaard', 'Odegaard', 'Özil', 'Oz', 'Žižek', 'Zizek', 'Þór', 'Zz']],
  [['Ёлка', 'Елена', 'Ежов', 'Йод', 'Иван', 'Ян', 'Яков']],
] as const)('%j are in the order of Unicode’s collation', (names) => {
  const { compare } = new Intl.Collator('und')
  expect([...names].sort(byBytes)).toEqual([...names].sort(compare))
})

test('A search is the same whichever way a name is spelled', () => {
  for (const [one, other] of [
    ['Yılmaz', 'yilmaz'],
    ['İSTANBUL', 'istanbul'],
    ['Zoë', 'ZOE'],
    ['Straße', 'STRASSE'],
    ['Łódź', 'lodz'],
    ['Ærø', 'aero'],
    ['ﬁnn', 'FINN'],
    ['Ａｄａ', 'ada'],
  ] as const)
    expect(searchKey(one)).toBe(searchKey(other))
  // Vowel signs are letters.
  expect(searchKey('कि')).not.toBe(searchKey('क'))
  expect(searchKey('Йод')).not.toBe(searchKey('Иод'))
})

test('What is hidden is found, and what makes an emoji or joins letters is not', () => {
  for (const fine of ['👩‍🚀', '❤️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', 'क्‍ष', '1️⃣', 'Zoë', '👨‍👩‍👧‍👦 Smith'])
    expect([fine, hidesCharacters(fine)]).toEqual([fine, false])
  for (const point of [
    0x34f, 0xfe0f, 0xe0100, 0x180b, 0x17b4, 0x200d, 0x202e, 0x2066, 0xad, 0x2800, 0xe000, 7,
  ])
    expect([point, hidesCharacters(`ad${String.fromCodePoint(point)}min`)]).toEqual([point, true])
  expect(visible('\u202eAnn\u0000\n Lee ')).toBe('Ann Lee')
})
