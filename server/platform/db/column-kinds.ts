import type { ColumnType, GeneratedAlways } from 'kysely'

/** Kinds of columns, as they are read, inserted and updated. */
export type Time = ColumnType<Date, Date | string, Date | string>
export type DefaultTime = ColumnType<Date, Date | string | undefined, Date | string>
export type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
export type Json<T> = ColumnType<T, string | undefined, string>
export type Default<T> = ColumnType<T, T | undefined, T>
export type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>
export type Id = GeneratedAlways<number>
