/** Hands a file to the browser's downloads. */

/** The address of a blob has to outlive the click that uses it; browsers do not tell when they have read it. */
const KEEP_MS = 60_000;

export function saveFile(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEEP_MS);
}
