/** Hands a file to the browser's downloads. */

/** The address of a blob has to outlive the click that uses it; browsers do not tell when they have read it. */
const KEEP_MS = 60_000;

export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  saveAddress(address, name);
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
}

/** The file at an address, under the name that the server gives it or this one. */
export function saveAddress(address: string, name = ""): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
