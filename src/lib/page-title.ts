let page = 'Wheelhouse'
let count = 0

function write(): void {
  document.title = count > 0 ? `(${count}) ${page}` : page
}

/** What the browser's tab says of the page, before the name of the product. */
export function setPageTitle(title: string): void {
  page = `${title} · Wheelhouse`
  write()
}

/** How many things wait to be read, before the title; 0 shows nothing. */
export function setTitleCount(next: number): void {
  count = next
  write()
}

/** The title without the count. */
export const readPageTitle = (): string => page
