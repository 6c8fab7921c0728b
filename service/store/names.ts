/** Text as searches compare it: compatibility forms unified, case folded. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** What a search over people looks through. */
export function searchText(user: {
  readonly username: string
  readonly displayName: string
  readonly email: string
}): string {
  return fold([user.username, user.displayName, user.email].join('\n'))
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

/** Whether text holds characters that can't be seen or that turn the writing direction. */
export function hidesCharacters(text: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}\u115f\u1160\u3164\uffa0]/u.test(
    text.replace(/[\u200c\u200d]/g, ''),
  )
}
