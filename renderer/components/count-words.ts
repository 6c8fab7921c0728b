import { formatCount } from '../../domain/duration.ts'

function counted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `1 session`, `1 200 sessions`. */
export function countOfSessions(count: number): string {
  return counted(count, 'session', 'sessions')
}

/** `1 person`, `1 200 people`. */
export function countOfPeople(count: number): string {
  return counted(count, 'person', 'people')
}
