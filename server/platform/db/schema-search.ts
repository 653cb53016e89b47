/** What devices are found by; made anew for each device in `device_term_due`, which a trigger fills. */
export type SearchTables = {
  device_term: { device_id: number; kind: string; label: string; term: string }
  device_term_due: { device_id: number }
  /** The three-letter parts of words of names and tags. */
  word_trigram: { trigram: string; word: string }
}
