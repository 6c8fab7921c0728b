/**
 * The revision that an ETag stands for, in whatever form a proxy left it: weak, marked as compressed, without quotes.
 *
 * @returns `''` where there is none
 */
export function revisionOfTag(etag: string | null): string {
  return (etag ?? '')
    .trim()
    .replace(/^W\//i, '')
    .replace(/^"(.*)"$/, '$1')
    .replace(/[-;](gzip|br|deflate|zstd)$/, '')
}

/** A revision as `If-Match` wants it. */
export function tagOfRevision(revision: string): string {
  return `"${revision}"`
}
