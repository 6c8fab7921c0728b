/**
 * One canonical form of names for storing, finding, sorting and signing in (docs/rules.md, Names), by Unicode's own
 * rules and computed here, so that no database has a say in it.
 */

/** Characters that are never drawn, whatever stands around them. */
const ignorable = /\p{Default_Ignorable_Code_Point}/gu

const foldCharacter = (character: string) => character.toLowerCase().toUpperCase().toLowerCase()

/** Full case folding. Twice over capitals, because ẞ, ß and SS, or Σ, σ and ς, meet only there; dotless ı meets i. */
function foldCase(text: string): string {
  // Character by character: as a whole a word's last sigma would stay what it is.
  return /^[\0-\x7f]*$/.test(text) ? text.toLowerCase() : [...text].map(foldCharacter).join('')
}

/**
 * What two spellings of one name have in common: compatibility forms and case are one, nothing in it is invisible, and
 * spaces are single and within. Names with the same key are the same name.
 */
export function nameKey(name: string): string {
  const seen = name.normalize('NFKC').replace(ignorable, '').replace(/\s+/gu, ' ').trim()
  return foldCase(seen).normalize('NFKC')
}

/** Letters that Unicode's collation takes for others with a mark, though they have no decomposition. */
const marked: Readonly<Record<string, string>> = {
  æ: 'ae\u0338',
  đ: 'd\u0335',
  ð: 'd\u0339',
  ø: 'o\u0338',
  ħ: 'h\u0335',
  ł: 'l\u0335',
  œ: 'oe\u0338',
  ґ: 'г\u0339',
}

/** Marks that make a variant of a letter. Vowel signs of Indic and other scripts are letters in their own right. */
const isMark = /[\p{Mn}&&[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]]/v

/** A key as letters and the marks that follow them. */
function decompose(key: string): string {
  // Й is a letter and no и with a mark, unlike every other decomposition of the alphabets below.
  return key
    .normalize('NFKD')
    .replace(/и\u0306/g, 'й')
    .replace(/[æðđøħłœґ]/g, (letter) => marked[letter] ?? letter)
}

/** A name as searches compare it: `yilmaz` finds Yılmaz, `zoe` finds Zoë. */
export function searchKey(name: string): string {
  return [...decompose(nameKey(name))].filter((character) => !isMark.test(character)).join('')
}

const mostSearchable = 300

/** What a search over people looks through: each field on a line of its own. */
export function searchText(fields: readonly string[]): string {
  return fields.map((field) => searchKey(field).slice(0, mostSearchable).toWellFormed()).join('\n')
}

/** The root order of Unicode's collation (CLDR 48) for the characters of most names; a test holds it against the real one. */
const inOrder = [
  ` _-,;:!?.'"()[]{}@*/\\&#%\`^+<=>|~$`,
  '\ufffd',
  '0123456789',
  'aⱥɐɑɒbʙƀɓƃcȼƈɕdɖɗƌȡeɇǝəɛɘɚɜɝɞʚɤfƒgɡɢǥɠʛɣƣhʜƕɦɧiɪɨɩjȷɉʝɟʄkƙʞlʟƚɫɬɭȴɮƛʎmɱnɴɲƞɳȵŋoɶɔɵɷȣpƥɸqʠɋĸrʀɍɹɺɻɼɽɾɿʁsʂȿʃƪʅʆtŧⱦƫƭʈȶʇuʉɥʮʯɯɰʊvʋʌwʍxyʏɏƴȝzƍƶȥʐʑɀʒƹƺʓþƿƻƨƽƅʔɂʕʡʢʖǀǁǂǃʗʘʬʭ',
  'αβγδεϝͷϛζͱηθιϳκϗλμνξοπϻϟϙρϼσͼͻͽτυφχψωϡͳϸ',
  'аәӕбвгғӻҕӷдԁђԃҙеєжԫҗзԅԑѕӡԇиҋійјкқӄҡҟҝԟԛлӆԯԓԡљԉԕмӎнԩӊңӈԣҥњԋоөпԥҧҁрҏԗсԍҫтԏҭћуүұѹфхӽӿҳһԧѡѿѽѻцҵчԭҷӌҹҽҿџшщъыьҍѣэюяԙѥѧѫѩѭѯѱѳѵҩԝӏ',
].join('')
/** Marks by which names differ, in the same order; all others come after them. */
const marksInOrder =
  '\u0332\u0313\u0314\u0301\u0300\u0306\u0302\u030c\u030a\u0342\u0308\u030b\u0303\u0307\u0338\u0327\u0328\u0304'
const firstRank = 0x20
const ranks = new Map(
  [...inOrder].map((character, index) => [character, String.fromCodePoint(firstRank + index)]),
)
/** Where letters begin whose order is that of their code points. */
const beyond = 0x500
const symbolRank = String.fromCodePoint(firstRank + inOrder.indexOf('\ufffd'))

function markRankOf(mark: string): string {
  const place = marksInOrder.indexOf(mark)
  return place < 0 ? mark : String.fromCodePoint(firstRank + 1 + place)
}

function rankOf(character: string): string {
  const known = ranks.get(character)
  if (known !== undefined) return known
  if (/[\p{P}\p{S}\p{Z}]/u.test(character)) return symbolRank + character
  return (character.codePointAt(0) ?? 0) >= beyond ? character : String.fromCodePoint(beyond - 1) + character
}

const mostSorted = 100

/**
 * A text that stands in the order of names when compared byte by byte, as both databases can: letters first, then marks,
 * then case. Zoë comes after adam, and next to Zoe.
 */
export function sortKey(name: string): string {
  const shown = name.normalize('NFKC').replace(ignorable, '').replace(/\s+/gu, ' ').trim()
  const letters: string[] = []
  let marks = ''
  for (const character of [...decompose(nameKey(name))].slice(0, mostSorted)) {
    if (isMark.test(character)) marks += markRankOf(character)
    else {
      letters.push(rankOf(character))
      marks += ' '
    }
  }
  const cases = [...shown]
    .slice(0, mostSorted)
    .map((character) => (character === 'ς' ? '2' : /\p{Lu}/u.test(character) ? '1' : '0'))
  return [letters.join(''), marks.trimEnd(), cases.join('').replace(/0+$/, '')].join('\u0001')
}

/** Letters that turn up in one word only when somebody wants a name to pass for another. */
const scripts = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
]

/** Whether a name mixes alphabets that look alike, as in `pаypal` with a Cyrillic а. */
export function mixesScripts(name: string): boolean {
  return scripts.filter((script) => script.test(name)).length > 1
}

/** Controls, what turns the writing direction, what is never drawn, and letters that look like nothing. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/gu
/** Emoji are made with characters that are hidden anywhere else. */
// Stryker disable next-line Regex: its opposite is no expression at all, and would keep the file from being loaded
const emoji = /\p{RGI_Emoji}/gv
/** Scripts whose spelling needs joiners between letters: those that do not come apart into letters that look alike. */
const joining =
  '[[\\p{L}\\p{M}]--[\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Script=Armenian}\\p{Script=Cherokee}]]'
const joined = new RegExp(`(?<=${joining})[\\u200c\\u200d](?=${joining})`, 'gv')

/** Whether text holds characters that can't be seen or that turn the writing direction. */
export function hidesCharacters(text: string): boolean {
  return text.replace(emoji, '').replace(joined, '').search(hidden) >= 0
}

/** Text that others chose, without what can't be seen: it can't pass for another text, nor turn the one around it. */
export function visible(text: string): string {
  const plain = text.normalize('NFC')
  const seen = hidesCharacters(plain) ? plain.replace(/[\n\r\t]/g, ' ').replace(hidden, '') : plain
  return seen.replace(/\s+/gu, ' ').trim()
}
