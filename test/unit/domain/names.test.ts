import { expect, test } from 'vitest'
import {
  hidesCharacters,
  mixesScripts,
  nameKey,
  searchKey,
  searchText,
  sortKey,
  visible,
} from '../../../domain/names.ts'

const byBytes = (one: string, other: string) =>
  Math.sign(Buffer.compare(Buffer.from(sortKey(one)), Buffer.from(sortKey(other))))

test.each([
  ['  Ann \t Lee ', 'ann lee'],
  ['ＡＤＡ', 'ada'],
  ['Zoe\u0308', 'zoë'],
  ['ΣΊΣΥΦΟΣ', 'σίσυφοσ'],
  ['σίσυφος', 'σίσυφοσ'],
  ['STRAẞE', 'strasse'],
  ['Straße', 'strasse'],
  ['Yılmaz', 'yilmaz'],
  ['ad\u200bm\u00adin', 'admin'],
  ['a\u3000\u00a0b', 'a b'],
])('%s is the same name as all that have the key %s', (name, key) => {
  expect(nameKey(name)).toBe(key)
  expect(nameKey(key)).toBe(key)
})

test('Some of all letters, digits and signs are sorted as Unicode’s collation has it', () => {
  const { compare } = new Intl.Collator('und')
  const some = [
    ...' _-,;:!?.()[]{}@*/&#%`^+<=>|~$019aAáÀâäåæbBcçdđðeéfghħiíjkKlłmnñoØøöœpqrsštuüvwxyýzžþαάβγωϊабвгдђеёжєѕијљњћўџкяґ',
  ]
  const wrong: string[] = []
  for (const one of some)
    for (const other of some) {
      const wanted = Math.sign(compare(`b${one}c`, `b${other}c`))
      if (byBytes(`b${one}c`, `b${other}c`) !== wanted) wrong.push(one + other)
    }
  expect(wrong).toEqual([])
})

test('What Unicode’s collation orders by other means has its place too: marks, case, signs, other alphabets', () => {
  const inOrder = (...names: readonly string[]) => expect([...names].sort(byBytes)).toEqual(names)
  // Marks count before case, and each has its rank.
  inOrder('zoe', 'Zoe', 'zoé', 'zoè', 'zoë', 'Zoë')
  inOrder('a\u0332', 'a\u0301', 'a\u0300', 'a\u0308', 'a\u0304', 'a\u0345')
  inOrder('οδος', 'Οδος')
  // Signs without a rank stand among the signs, letters without one after all that have one, by their code points.
  inOrder('$', '€', '☂', '0', 'a', 'ω', 'я', 'ա', 'ב', '漢')
  inOrder('ӏ', 'ƾ', 'ʼ', 'ա')
  // The first letter that differs by its mark decides.
  inOrder('ab\u0332', 'a\u0332b')
  inOrder('ab', 'abc', 'abd')
  for (const [one, other] of [
    ['Ann', '  Ann  '],
    ['Ann', 'A\u200bnn'],
    ['Ann Lee', 'Ann \t Lee'],
    ['ﬁn', 'fin'],
  ] as const)
    expect(byBytes(one, other)).toBe(0)
  expect(['AnN', 'Ann', 'ann'].map((name) => sortKey(name).split('\u0001').at(2))).toEqual(['101', '1', ''])
  expect(sortKey('x'.repeat(100))).toBe(sortKey('x'.repeat(200)))
  expect(sortKey('X'.repeat(100))).toBe(sortKey('X'.repeat(200)))
  expect(sortKey('x'.repeat(99))).not.toBe(sortKey('x'.repeat(100)))
})

test('The key that is stored of a name stays what it is: letters, marks, case', () => {
  for (const [name, letters, marks, cases] of [
    ['Zoë', '\u00d4\u009a_', '   +', '1'],
    [' Ann  Lee ', 'L\u0093\u0093 \u0087__', '', '10001'],
    ['οδος', '\u0107\u00f6\u0107\u010e', '', '0002'],
    ['Я', '\u0187', '', '1'],
    ['☂ ա', 'A☂ ա', '', ''],
    ['ʼn', '\u04ffʼ\u0093', '', ''],
  ] as const)
    expect(sortKey(name)).toBe([letters, marks, cases].join('\u0001'))
})

test('A search looks through each field by itself, and through 300 characters of each at most', () => {
  expect(searchText(['Zoë Lee', 'zoe@EXAMPLE.com'])).toBe('zoe lee\nzoe@example.com')
  expect(searchText(['x'.repeat(301), 'y'])).toBe(`${'x'.repeat(300)}\ny`)
  expect(searchText([`${'x'.repeat(299)}😀`])).toBe(`${'x'.repeat(299)}\ufffd`)
})

test.each([
  ['paypal', false],
  ['pаypal', true],
  ['αlpha', true],
  ['абв', false],
  ['ωа', true],
  ['Աdmin', true],
  ['Ꭰdmin', true],
  ['ԱᎠ', true],
  ['ann 漢字 1', false],
  ['', false],
])('%s mixes alphabets that look alike: %s', (name, mixes) => {
  expect(mixesScripts(name)).toBe(mixes)
})

test.each([
  ['  Ann \n\t Lee  ', 'Ann Lee'],
  ['Ann\u200bLee', 'AnnLee'],
  ['A\nn\u0000n', 'A nn'],
  ['Zoe\u0308', 'Zoë'],
  ['Ann   Lee', 'Ann Lee'],
  ['\u202eAnn', 'Ann'],
  ['\u2028A\u2029n\ue000n\ud800', 'Ann'],
  ['👩‍🚀 Ann', '👩‍🚀 Ann'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('A hidden character is found wherever it stands', () => {
  for (const text of [
    '\u202eAnn',
    'An\u202en',
    'Ann\u202e',
    '\u2028',
    '\u2029',
    '\ud800',
    '\u200dAnn',
    'Ann\u200d',
  ])
    expect([text, hidesCharacters(text)]).toEqual([text, true])
  expect(hidesCharacters('')).toBe(false)
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
  for (const [one, other] of [
    ['कि', 'क'],
    ['कु', 'क'],
  ] as const)
    expect(searchKey(one)).not.toBe(searchKey(other))
  // Points of Hebrew and Arabic are marks.
  for (const [one, other] of [
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['م\u0610', 'م'],
  ] as const)
    expect(searchKey(one)).toBe(searchKey(other))
  expect(['Йод', 'Иод'].map(searchKey)).toEqual(['йод', 'иод'])
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
