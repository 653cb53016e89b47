import pg from 'pg'

/** A PostgreSQL's own process, and how far its write-ahead log is, in bytes. */
export async function openDatabaseView(url: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const read = async (text: string) => Number((await client.query<{ value: string }>(text)).rows[0]?.value)
  return {
    pid: await read(`select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as value`),
    walBytes: () => read(`select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as value`),
    close: () => client.end(),
  }
}
