import { nameKey, searchText, sortKey } from '../../domain/names.ts'

/** What is stored of a person's names besides themselves: to find, tell apart and sort them by. */
export function nameColumns({
  username,
  displayName,
  email,
}: {
  readonly username: string
  readonly displayName: string
  readonly email: string
}) {
  return {
    username_key: nameKey(username),
    username_sort: sortKey(username),
    display_sort: sortKey(displayName),
    email_sort: sortKey(email),
    search_text: searchText([username, displayName, email]),
  }
}

/** A username's key as earlier versions had it. */
export function earlierKey(username: string): string {
  return username.normalize('NFKC').toLowerCase()
}

export type NameColumn = keyof ReturnType<typeof nameColumns>
